// What owners do with a finished story: name it, share it by a link, delete it.
import { ask, Problem } from "./api.js";
import { announce, byId, confirmed, tell } from "./dom.js";
import { onSubmit } from "./form.js";
import { DELETE, RENAME, SHARE, UNSHARE } from "./queries.js";
import { titleOf } from "./words.js";

const renamed = new Set();
const gone = new Set();
/** The story that the menu is about. */
let story = null;

export const onRenamed = (watcher) => renamed.add(watcher);
export const onGone = (watcher) => gone.add(watcher);

/** The menu is about this story from now on. */
export function offer(next) {
  story = next;
}

async function attempt(act) {
  tell(byId("story-error"), "");
  try {
    await act();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    tell(byId("story-error"), problem.message);
  }
}

byId("rename").addEventListener("click", () => {
  byId("renaming-name").value = titleOf(story);
  tell(byId("renaming-form-problem"), "");
  byId("renaming").showModal();
  byId("renaming-name").select();
});
byId("renaming-no").addEventListener("click", () => byId("renaming").close());
onSubmit("renaming-form", async (values) => {
  await ask(RENAME, { id: story.id, ...values });
  byId("renaming").close();
  announce("The story has a new title.");
  for (const watcher of renamed) watcher(story);
});

byId("share").addEventListener("click", () =>
  attempt(async () => {
    const { share } = (await ask(SHARE, { id: story.id })).shareStory.story;
    // The link leads to where this page is, whichever name the server gives itself.
    byId("sharing-link").value = `${location.origin}/${new URL(share.url).hash}`;
    byId("sharing-copy").textContent = "Copy";
    byId("sharing").showModal();
    byId("sharing-link").select();
  }),
);
byId("sharing-copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(byId("sharing-link").value);
    byId("sharing-copy").textContent = "Copied";
    announce("The link is copied.");
  } catch {
    // Without leave to copy it is marked, for the keys that copy.
    byId("sharing-link").select();
  }
});
byId("sharing-end").addEventListener("click", () =>
  attempt(async () => {
    await ask(UNSHARE, { id: story.id });
    byId("sharing").close();
    announce("The link works no more.");
  }),
);

byId("remove").addEventListener("click", async () => {
  const text = "The story, its audio and its texts will be gone. This cannot be undone.";
  if (!(await confirmed({ title: `Delete “${titleOf(story)}”?`, text, yes: "Delete" }))) return;
  await attempt(async () => {
    await ask(DELETE, { id: story.id });
    announce("The story is deleted.");
    for (const watcher of gone) watcher(story);
  });
});
