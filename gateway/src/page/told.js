// The agents' log in people's words. What an agent says for programs is told as what it means, or not at all; the log as it
// was written stays behind a fold.

/** What a line means, by how it begins. An empty text is nothing that a person asked about. */
const MEANINGS = [
  [/^Parsing user request/, () => "Working out what you asked for"],
  [/^The repository is (.+)/, ([, name]) => `Your story is about ${name}`],
  [/^It asks for (\d+) minutes/, ([, minutes]) => `It will be about ${minutes} minutes long`],
  [/^Intent extracted/, () => "Understood what you want to hear"],
  [/^Starting repository analysis/, () => "Opening the repository"],
  [/^(Read|Reading) (\d+) files/, ([, , count]) => `Read ${count} files`],
  [/^GitHub counts (\d+) stars/, ([, count]) => `${Number(count).toLocaleString("en")} people starred it on GitHub`],
  [/^Analysis complete/, () => "Knows its way around the code"],
  [/^Generating narrative/, () => "Planning the chapters"],
  [/^Script complete/, () => "The script is written"],
  [/^Spoke part (\d+)/, ([, part]) => `Recorded part ${part}`],
  [/^Part (\d+) was spoken before/, ([, part]) => `Part ${part} was recorded before`],
  [/^Generating audio/, () => "Recording the narration"],
  [/^Put the audio together/, () => "Joined the chapters into one recording"],
  [/^Drew the cover/, () => "Drew a cover"],
  [/^Wrote the transcript and the captions/, () => "Wrote the transcript"],
  [/^Audio complete/, () => "The recording is finished"],
  [/^Story generation complete/, () => "Your story is ready"],
  [/^Checked the repository's address|^Estimated a length|^Looked for topics/, () => ""],
];

/** The line as a person would say it; empty when there is nothing to say. */
export function meaning(action) {
  for (const [pattern, say] of MEANINGS) {
    const found = pattern.exec(action);
    if (found) return say(found);
  }
  return action;
}
