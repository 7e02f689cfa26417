// What people type or paste for a repository, made into its address where that is plain. The server has the last word.

/** Forges where everything behind `owner/name` is a page of the repository, or behind `-`. */
const FORGES = /^(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|gitea\.com|git\.sr\.ht)$/;
/** First words of such pages; elsewhere GitLab's `-` says where they begin. */
const PAGES = new Set([
  "-", "actions", "activity", "blame", "blob", "branches", "commit", "commits", "compare", "discussions", "forks", "graphs", "issues",
  "log", "milestones", "network", "packages", "projects", "pull", "pull-requests", "pulls", "pulse", "raw", "refs", "releases", "security",
  "src", "stargazers", "tags", "tree", "wiki", "wikis",
]);
/** First words of addresses on forges that are no owner. */
const NO_OWNERS = new Set(["explore", "features", "groups", "marketplace", "orgs", "search", "settings", "sponsors", "topics", "trending", "users"]);

const EXAMPLE = "for example https://github.com/owner/project";

/** `{ url }` or `{ problem }`, a sentence for the field. */
export function parseAddress(text) {
  const typed = text.trim();
  if (!typed) return { problem: `Enter the address of a repository, ${EXAMPLE}.` };
  if (/\s/.test(typed)) return { problem: `An address has no spaces in it. Enter one, ${EXAMPLE}.` };
  const ssh = /^(?:ssh:\/\/)?git@([\w.-]+)[:/](?!\/)(.+)$/i.exec(typed);
  const spelled = ssh ? `https://${ssh[1]}/${ssh[2]}` : /^[\w.-]+\.[a-z]{2,}\/./i.test(typed) ? `https://${typed}` : typed;
  if (/^[a-z][a-z0-9+.-]*:/i.test(spelled) && !/^https?:\/\//i.test(spelled)) {
    return { problem: "Only https addresses of public repositories can be read." };
  }
  // `owner/name` alone is how people call what is on GitHub.
  const full = /^[\w-]+\/[\w.-]+$/.test(spelled) ? `https://github.com/${spelled}` : spelled;
  if (!URL.canParse(full) || !/^https?:\/\//i.test(full)) return { problem: `This is not the address of a repository. Enter one, ${EXAMPLE}.` };
  const url = new URL(full);
  if (url.username || url.password) return { problem: "Leave out the name and the password. Only public repositories can be read." };
  return ofRepository(url);
}

function ofRepository(url) {
  const host = url.host.replace(/^www\./, "");
  const isForge = FORGES.test(host);
  const parts = url.pathname.split("/").filter(Boolean);
  if (parts.length < 2 || (isForge && NO_OWNERS.has(parts[0]))) {
    return { problem: `This address names no repository: both its owner and its name are needed, ${EXAMPLE}.` };
  }
  const end = parts.findIndex((part, at) => at >= 2 && (part === "-" || (isForge && PAGES.has(part))));
  const path = (end < 0 ? parts : parts.slice(0, end)).join("/");
  const scheme = isForge ? "https:" : url.protocol;
  return { url: `${scheme}//${host}/${path}` };
}
