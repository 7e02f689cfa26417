//! A game: a roguelike for the terminal in C.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "burrow",
    material: Material::Game,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["roguelike", "game badger", "game mole"]),
    (
        "for whom",
        &["ten minutes", "lunch break", "coffee break", "players"],
    ),
    ("instead", &["NetHack", "Brogue"]),
    (
        "call: player, then creatures",
        &[
            "player creatures turn",
            "creatures act",
            "monsters move after",
            "creature energy",
        ],
    ),
    (
        "call: what is seen",
        &["field view", "light shadow", "seen again", "visible cells"],
    ),
    (
        "structure",
        &["level cells", "level creatures", "creature energy", "level seed"],
    ),
    (
        "seeds make it repeatable",
        &["seed same", "seed bug", "seed replay"],
    ),
    (
        "one save, deleted on loading",
        &[
            "save deleted",
            "save removed",
            "death permanent",
            "save scumming",
            "saved game loaded",
        ],
    ),
    (
        "tests",
        &[
            "level connected",
            "every room reach",
            "stairs reach",
            "same seed same",
        ],
    ),
    ("history", &["Bram Keller Aoife Walsh"]),
    ("start", &["make play", "make burrow", "./burrow", "ncurses make"]),
    (
        "licence or first file",
        &["GPL", "zlib", "game.c", "game file", "main file"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2014-08-02", "Bram Keller", "a mole on a screen"),
    ("2014-08-10", "Bram Keller", "dig rooms and tunnels"),
    ("2014-09-28", "Bram Keller", "field of view"),
    ("2015-01-03", "Bram Keller", "weasels"),
    ("2015-11-20", "Bram Keller", "energy instead of speed"),
    ("2016-10-31", "Bram Keller", "saving and loading"),
    ("2019-03-09", "Aoife Walsh", "seeds on the command line"),
    ("2019-03-30", "Aoife Walsh", "tests for the level generator"),
    ("2020-12-12", "Aoife Walsh", "worms are food now"),
    ("2023-01-07", "Aoife Walsh", "build with ncurses 6.4"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README",
        r#"BURROW
======

Burrow is a small roguelike game for the terminal.  You are a mole, the
weasels are faster than you, and the way out is seven levels up.  A game
takes about ten minutes, so it fits into a coffee break.

BUILDING

    You need a C99 compiler, make and ncurses.

        make
        ./burrow            play
        ./burrow -s 1234    play the burrow with that seed

PLAYING

    h j k l     move        .   wait
    d           dig         <   climb
    S           save and quit

    Digging is loud.  Creatures that hear you come nearer.

HOW IT DIFFERS

    NetHack has hundreds of items and takes a week.  Brogue is prettier.
    Burrow has no items at all: what you have is earth, noise and darkness.

NOTES

    Death is permanent.  A saved game is deleted when it is loaded, so that
    nobody can try twice.

    The same seed always gives the same burrow, on every machine.  Please
    put the seed into bug reports.

LICENCE

    zlib, see COPYING.
"#,
    ),
    (
        "Makefile",
        "CFLAGS = -std=c99 -Wall -Wextra -O2\nLDLIBS = -lncurses\nOBJ = src/main.o src/game.o src/level.o src/sight.o src/creature.o src/random.o src/save.o src/screen.o\n\nburrow: $(OBJ)\n\t$(CC) -o $@ $(OBJ) $(LDLIBS)\n\ncheck: tests/level_test\n\t./tests/level_test\n\nclean:\n\trm -f burrow $(OBJ)\n",
    ),
    (
        "COPYING",
        "Copyright (c) 2014-2023 Bram Keller and Aoife Walsh\n\nThis software is provided 'as-is', without any express or implied\nwarranty. In no event will the authors be held liable for any damages\narising from the use of this software.\n\nPermission is granted to anyone to use this software for any purpose,\nincluding commercial applications, and to alter it and redistribute it\nfreely, subject to the following restrictions:\n\n1. The origin of this software must not be misrepresented.\n2. Altered source versions must be plainly marked as such.\n3. This notice may not be removed or altered from any source distribution.\n",
    ),
    (
        "src/main.c",
        r#"/* main.c - options, the terminal, and one game after the other. */

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "game.h"
#include "save.h"
#include "screen.h"

int main(int argc, char **argv)
{
	unsigned seed = (unsigned)time(NULL);
	int option;

	while ((option = getopt(argc, argv, "s:")) != -1)
		if (option == 's')
			seed = (unsigned)strtoul(optarg, NULL, 10);

	screen_open();
	struct game game;
	/* a saved game wins over a seed */
	if (!save_load(&game))
		game_new(&game, seed);
	while (game_turn(&game))
		;
	screen_close();
	return 0;
}
"#,
    ),
    (
        "src/game.h",
        r#"#ifndef GAME_H
#define GAME_H

#include "level.h"

/* Everything about one game. It holds no pointers, so saving is one write. */
struct game {
	struct level level;	/* where the mole is now */
	int depth;		/* levels left to climb */
	int noise;		/* how far away the last action was heard */
	unsigned seed;		/* where all chance comes from */
};

void game_new(struct game *game, unsigned seed);
int game_turn(struct game *game);

#endif
"#,
    ),
    (
        "src/game.c",
        r#"/* game.c - the turn. */

#include "game.h"

#include "creature.h"
#include "save.h"
#include "screen.h"
#include "sight.h"

/* Begin at the bottom. */
void game_new(struct game *game, unsigned seed)
{
	game->seed = seed;
	game->depth = 7;
	level_dig(&game->level, seed);
}

/* Play one turn: the player first, then every creature that has the energy.
 * Returns 0 when the game is over. */
int game_turn(struct game *game)
{
	/* what the mole can see is worked out again each turn, since earth moves */
	sight_update(&game->level);
	screen_draw(game);
	game->noise = 0;
	/* moving makes no noise, digging does */
	int again = player_act(game, screen_key());
	/* creatures act after the player, fast ones twice */
	for (int i = 0; i < game->level.creatures_count; i++)
		creature_act(game, &game->level.creatures[i]);
	return again && game->level.creatures[0].health > 0;
}

/* Do what the key says. */
int player_act(struct game *game, int key)
{
	switch (key) {
	case 'd':
		level_remove_earth(&game->level);
		game->noise = 12;
		return 1;
	case 'S':
		save_store(game);
		return 0;
	default:
		return 1;
	}
}
"#,
    ),
    (
        "src/level.h",
        r#"#ifndef LEVEL_H
#define LEVEL_H

#include "creature.h"

#define WIDTH 80
#define HEIGHT 23

enum cell { EARTH, TUNNEL, STONE, STAIRS };

/* One level of the burrow. */
struct level {
	enum cell cells[HEIGHT][WIDTH];		/* what is where */
	unsigned char seen[HEIGHT][WIDTH];	/* 1 once seen, 2 while visible */
	struct creature creatures[32];		/* the mole is number 0 */
	int creatures_count;
};

void level_dig(struct level *level, unsigned seed);
void level_remove_earth(struct level *level);

#endif
"#,
    ),
    (
        "src/level.c",
        r#"/* level.c - digging levels. */

#include "level.h"

#include <string.h>

#include "random.h"

/* Dig a level: rooms first, then a tunnel from each room to the one before it,
 * so that every room can be reached without digging. */
void level_dig(struct level *level, unsigned seed)
{
	/* our own generator, because rand() differs between C libraries */
	random_seed(seed);
	memset(level, 0, sizeof *level);
	for (int room = 0; room < 8; room++)
		dig_room(level, room);
}

/* Put one room somewhere and connect it. */
void dig_room(struct level *level, int room)
{
	int x = 2 + random_below(WIDTH - 12), y = 2 + random_below(HEIGHT - 6);
	for (int dy = 0; dy < 3; dy++)
		for (int dx = 0; dx < 8; dx++)
			level->cells[y + dy][x + dx] = TUNNEL;
	if (room == 7)
		level->cells[y][x] = STAIRS;
}

void level_remove_earth(struct level *level)
{
	(void)level;
}
"#,
    ),
    (
        "src/sight.c",
        r#"/* sight.c - field of view by shadow casting. */

#include "sight.h"

/* Mark every cell that the mole can see. Octants are scanned row by row, and
 * earth throws a shadow on the rows behind it. */
void sight_update(struct level *level)
{
	for (int octant = 0; octant < 8; octant++)
		scan_octant(level, octant, 1, 1.0, 0.0);
}

/* Scan one row, and go on behind every gap. */
void scan_octant(struct level *level, int octant, int row, double from, double to)
{
	/* a mole sees eight cells far */
	if (row > 8 || from < to)
		return;
	scan_octant(level, octant, row + 1, from, to);
}
"#,
    ),
    (
        "src/sight.h",
        "#ifndef SIGHT_H\n#define SIGHT_H\n#include \"level.h\"\nvoid sight_update(struct level *level);\n#endif\n",
    ),
    (
        "src/creature.h",
        r#"#ifndef CREATURE_H
#define CREATURE_H

struct game;

/* The mole, a weasel or a worm. */
struct creature {
	int x, y;
	int health;
	int energy;	/* an action costs 100; fast creatures gain more per turn */
	char letter;	/* on the screen */
};

void creature_act(struct game *game, struct creature *creature);

#endif
"#,
    ),
    (
        "src/creature.c",
        r#"/* creature.c - what creatures do. */

#include "creature.h"

#include "game.h"

/* Let a creature act as often as its energy allows. Energy instead of a speed,
 * because a speed cannot make something one and a half times as fast. */
void creature_act(struct game *game, struct creature *creature)
{
	creature->energy += creature->letter == 'w' ? 150 : 100;
	while (creature->energy >= 100) {
		creature->energy -= 100;
		/* it comes nearer only if it heard something */
		if (game->noise > 0)
			creature->x += creature->x < game->level.creatures[0].x ? 1 : -1;
	}
}
"#,
    ),
    (
        "src/save.c",
        r#"/* save.c - one saved game. */

#include "save.h"

#include <stdio.h>

/* Load the saved game and remove its file: death must not be taken back. */
int save_load(struct game *game)
{
	FILE *file = fopen("burrow.sav", "rb");
	if (file == NULL)
		return 0;
	int whole = fread(game, sizeof *game, 1, file) == 1;
	fclose(file);
	remove("burrow.sav");
	return whole;
}

/* Write the whole game in one piece. */
void save_store(const struct game *game)
{
	FILE *file = fopen("burrow.sav", "wb");
	if (file != NULL) {
		fwrite(game, sizeof *game, 1, file);
		fclose(file);
	}
}
"#,
    ),
    (
        "tests/level_test.c",
        r#"/* Checks of the level generator over a thousand seeds. */

#include <assert.h>

#include "../src/level.h"

static void test_stairs_can_be_reached_from_every_room(void)
{
	struct level level;
	for (unsigned seed = 0; seed < 1000; seed++)
		level_dig(&level, seed);
	assert(1);
}

static void test_same_seed_gives_same_level(void)
{
	struct level a, b;
	level_dig(&a, 7);
	level_dig(&b, 7);
	assert(a.cells[3][3] == b.cells[3][3]);
}

int main(void)
{
	test_stairs_can_be_reached_from_every_room();
	test_same_seed_gives_same_level();
	return 0;
}
"#,
    ),
    (
        "NEWS",
        "1.3 (2023-01-07)\n  - worms are food\n  - builds with ncurses 6.4\n\n1.2 (2019-03-30)\n  - -s takes a seed; the same seed gives the same burrow\n\n1.0 (2016-10-31)\n  - games can be saved, once\n",
    ),
];
