// Every GraphQL document of this page.

const story = `fragment Facts on Story {
  id title status progress style durationMinutes voice repoName repoUrl createdAt updatedAt errorMessage
}`;

const whole = `fragment Whole on Story {
  ...Facts
  audioUrl coverUrl captionsUrl transcriptUrl durationSeconds
  chapters { title timestampStart durationSeconds }
  run { id createdAt }
}
${story}`;

export const STORY = `query Story($id: UUID!) { story(id: $id) { ...Whole } }
${whole}`;

export const STORIES = `query Stories($first: Int!, $after: String) {
  stories(kind: CODE, first: $first, after: $after) {
    edges { node { ...Facts } }
    pageInfo { hasNextPage endCursor }
  }
}
${story}`;

export const ME = "query Me { me { isGuest } }";

export const GENERATE = `mutation Generate($input: GenerateStoryInput!) {
  generateStory(input: $input) { story { id } }
}`;

export const RESTART = `mutation Restart($id: UUID!) {
  restartStory(input: { id: $id }) { story { ...Whole } }
}
${whole}`;

export const CANCEL = `mutation Cancel($id: UUID!) {
  cancelStory(input: { id: $id }) { story { ...Whole } }
}
${whole}`;

export const PROGRESS = `subscription Progress($id: UUID!, $after: Int!, $run: UUID) {
  storyProgress(id: $id, after: $after, run: $run) {
    run
    number
    status
    progress
    log { agentName action level timestamp details }
  }
}`;
