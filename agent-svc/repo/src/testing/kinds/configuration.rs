//! Configuration: somebody's dotfiles, linked into place by a script.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "dots",
    material: Material::Configuration,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["configuration zsh", "dotfiles", "config shell editor"]),
    ("for whom", &["laptop server", "two laptops", "machines"]),
    ("instead", &["chezmoi", "stow", "yadm"]),
    (
        "call: links",
        &["symlink", "link home", "links each", "link file"],
    ),
    (
        "call: nothing is overwritten",
        &["backup", "moved aside", "overwrite", "existing file"],
    ),
    (
        "structure",
        &["folder program", "one folder", "zsh nvim git", "zsh tmux nvim"],
    ),
    (
        "no plugin manager",
        &["plugin manager", "no plugins", "start time", "startup"],
    ),
    (
        "machine-specific settings",
        &["local file", "zshrc.local", "hostname", "not in git", "secrets"],
    ),
    (
        "checks",
        &[
            "shellcheck",
            "twice changes nothing",
            "run twice",
            "fresh container",
        ],
    ),
    (
        "history",
        &["2015 commits", "Freya Holm 2015", "since 2015", "Freya Holm most"],
    ),
    ("start", &["git clone install", "install.sh", "./install"]),
    (
        "licence or caveat",
        &["fork", "public domain", "Unlicense", "CC0", "do not run"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2015-03-07", "Freya Holm", "zshrc"),
    ("2015-03-08", "Freya Holm", "tmux"),
    (
        "2016-07-30",
        "Freya Holm",
        "install script instead of copying by hand",
    ),
    ("2017-12-26", "Freya Holm", "git: sign commits"),
    ("2019-02-10", "Freya Holm", "throw oh-my-zsh out"),
    ("2020-04-18", "Freya Holm", "move aside what is in the way"),
    ("2021-08-01", "freya", "neovim instead of vim, in lua"),
    ("2023-02-19", "Dario Neri", "install: works on macOS"),
    ("2024-11-03", "Freya Holm", "ripgrep config"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        r#"# dots

My configuration for zsh, tmux, neovim and git, the same on two laptops and a handful of servers.

**Please don't run this as it is.** Fork it, throw out what you don't need, and read `install.sh` first; it is 40 lines.

    git clone https://example.org/freya/dots ~/.dots
    ~/.dots/install.sh

## what goes where

One folder per program. Everything in it is linked into `$HOME` under the same path.

| folder | what | worth stealing |
|---|---|---|
| `zsh/` | shell | the prompt (git status in 3 ms) |
| `tmux/` | terminal | one prefix for nested sessions |
| `nvim/` | editor | `lua/runner.lua`: run the test under the cursor |
| `git/` | git | `git standup` |

## local things

Anything that belongs to one machine, and all secrets, go into `~/.zshrc.local` and `~/.gitconfig.local`, which are read at the end and are not in git.

## decisions

- **no plugin manager.** oh-my-zsh took 900 ms to start. The forty lines I really used are in `zsh/`, and a shell opens in 30 ms.
- **links instead of copies**, so that a change made in `$HOME` shows up in `git diff` here.
- no chezmoi, stow or yadm: the servers have a shell and git and I am not allowed to install more.
"#,
    ),
    (
        ".editorconfig",
        "root = true\n\n[*]\nindent_style = space\nindent_size = 2\n",
    ),
    (
        "LICENSE",
        "This is free and unencumbered software released into the public domain.\n\nAnyone is free to copy, modify, publish, use, compile, sell, or distribute this software.\n",
    ),
    (
        "install.sh",
        r#"#!/bin/sh
# Link every file of every folder into $HOME.
#
#   ./install.sh            all folders
#   ./install.sh zsh git    only these
set -eu

here=$(cd "$(dirname "$0")" && pwd)
backup=$HOME/.dots-backup/$(date +%Y%m%d-%H%M%S)

# What is in the way is moved aside, never overwritten.
aside() {
  [ -e "$1" ] || return 0
  mkdir -p "$backup"
  mv "$1" "$backup/"
}

# Link one file; running it twice changes nothing.
link() {
  [ "$(readlink "$2" 2>/dev/null)" = "$1" ] && return 0
  aside "$2"
  mkdir -p "$(dirname "$2")"
  ln -s "$1" "$2"
  echo "linked $2"
}

# Link all files of one program.
program() {
  cd "$here/$1"
  find . -type f | while read -r file; do
    link "$here/$1/${file#./}" "$HOME/${file#./}"
  done
}

[ $# -gt 0 ] || set -- zsh tmux nvim git
for name in "$@"; do
  program "$name"
done
"#,
    ),
    (
        "zsh/.zshrc",
        r#"# history shared between all open shells
HISTFILE=~/.zsh_history
HISTSIZE=100000
setopt share_history hist_ignore_dups

# git status in the prompt, without forking more than once
source ~/.zsh/prompt.zsh

# machine-specific settings and secrets come last, so that they win
[ -f ~/.zshrc.local ] && source ~/.zshrc.local
"#,
    ),
    (
        "zsh/.zsh/prompt.zsh",
        r#"# Show branch and a star when something is not committed.
prompt_git() {
  local line
  git status --porcelain=v2 --branch 2>/dev/null | while read -r line; do
    case $line in
      '# branch.head '*) branch=${line#\# branch.head } ;;
      *) dirty='*' ;;
    esac
  done
}
"#,
    ),
    (
        "zsh/.zsh/aliases.zsh",
        "alias gs='git status --short'\nalias ll='ls -lh'\n\n# go up to the top of the repository\nalias top='cd \"$(git rev-parse --show-toplevel)\"'\n",
    ),
    (
        "tmux/.tmux.conf",
        "# ctrl-space, because ctrl-a and ctrl-b are taken in the shell\nset -g prefix C-Space\n\n# F12 turns the outer tmux off, for sessions inside of sessions\nbind -T root F12 set prefix None\n\nset -g history-limit 50000\n",
    ),
    (
        "nvim/.config/nvim/init.lua",
        "-- leader first: mappings below would use the old one\nvim.g.mapleader = ' '\n\nvim.opt.number = true\nvim.opt.undofile = true\n\nvim.keymap.set('n', '<leader>t', require('runner').nearest, { desc = 'Run the test under the cursor' })\nvim.keymap.set('n', '<leader>w', '<cmd>write<cr>', { desc = 'Write the file' })\n",
    ),
    (
        "nvim/.config/nvim/lua/runner.lua",
        "-- Run the test under the cursor in a tmux pane.\nlocal M = {}\n\n-- Walk up from the cursor until a line looks like a test.\nfunction M.nearest()\n  local line = vim.fn.search('def test_\\\\|#\\\\[test\\\\]\\\\|it(', 'bnW')\n  M.run(vim.fn.getline(line))\nend\n\nfunction M.run(name)\n  vim.fn.system({ 'tmux', 'send-keys', '-t', '1', 'make test ONLY=' .. name, 'Enter' })\nend\n\nreturn M\n",
    ),
    (
        "git/.gitconfig",
        "[alias]\n  # what did I do since yesterday\n  standup = log --since yesterday --author-date-order --oneline\n[commit]\n  gpgsign = true\n[include]\n  path = ~/.gitconfig.local\n",
    ),
    (
        "test/run.sh",
        "#!/bin/sh\n# Install into an empty home twice; the second time must change nothing.\nset -eu\nHOME=$(mktemp -d)\nexport HOME\n./install.sh > first\n./install.sh > second\n[ ! -s second ]\n",
    ),
    (
        ".github/workflows/check.yml",
        "name: check\non: push\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: shellcheck install.sh test/run.sh\n      - run: test/run.sh\n",
    ),
];
