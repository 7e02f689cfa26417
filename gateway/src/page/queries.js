// Every GraphQL document of this page.

const story = `fragment Facts on Story {
  id title status percent style durationMinutes voice repoName repoUrl createdAt updatedAt errorMessage
}`;

const whole = `fragment Whole on Story {
  ...Facts
  audioUrl coverUrl captionsUrl transcriptUrl durationSeconds
  chapters { title startSeconds durationSeconds }
  run { id createdAt }
}
${story}`;

export const STORY = `query Story($id: ID!) { story(id: $id) { ...Whole } }
${whole}`;

export const SHARED = `query Shared($token: String!) { sharedStory(token: $token) { ...Whole } }
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

export const RESTART = `mutation Restart($id: ID!) {
  restartStory(input: { id: $id }) { story { ...Whole } }
}
${whole}`;

export const CANCEL = `mutation Cancel($id: ID!) {
  cancelStory(input: { id: $id }) { story { ...Whole } }
}
${whole}`;

export const RENAME = `mutation Rename($id: ID!, $title: String!) {
  renameStory(input: { id: $id, title: $title }) { story { id title } }
}`;

export const SHARE = `mutation Share($id: ID!) {
  shareStory(input: { id: $id }) { story { share { url } } }
}`;

export const UNSHARE = `mutation Unshare($id: ID!) {
  unshareStory(input: { id: $id }) { story { id } }
}`;

export const DELETE = `mutation Delete($id: ID!) {
  deleteStory(input: { id: $id }) { __typename }
}`;

export const EVENTS = `subscription Events($id: ID!, $after: String) {
  storyEvents(id: $id, after: $after) {
    __typename
    runId
    number
    cursor
    at
    ... on StoryLogged { agentName action level details }
    ... on StoryStatusChanged { status percent }
  }
}`;

export const WORKFLOW_TYPES = "query Types { workflowTypes { name title description inputSchema } }";

export const WORKFLOWS = `query Workflows($first: Int!) {
  workflows(first: $first) { nodes { id name status percent updatedAt } }
}`;

export const WORKFLOW = `query Workflow($id: ID!) {
  workflow(id: $id) {
    id name status workflowType percent errorMessage failedNode next graph output lastEvent
    run { id }
    questions { id prompt value responseSchema }
    checkpoints { id step next }
  }
}`;

export const CHECKPOINTS = `query Checkpoints($id: ID!) {
  workflow(id: $id) { checkpoints { id state } }
}`;

export const CREATE_WORKFLOW = `mutation Create($input: CreateWorkflowInput!) {
  createWorkflow(input: $input) { workflow { id } }
}`;

export const EXECUTE_WORKFLOW = `mutation Execute($input: ExecuteWorkflowInput!) {
  executeWorkflow(input: $input) { workflow { id } }
}`;

export const ANSWER_QUESTION = `mutation Answer($input: AnswerQuestionInput!) {
  answerQuestion(input: $input) { workflow { id } }
}`;

export const FORK_WORKFLOW = `mutation Fork($input: ForkWorkflowInput!) {
  forkWorkflow(input: $input) { workflow { id } }
}`;

export const CANCEL_WORKFLOW = `mutation CancelWorkflow($id: ID!) {
  cancelWorkflow(input: { id: $id }) { workflow { id } }
}`;

export const WORKFLOW_EVENTS = `subscription Workflow($id: ID!, $after: Int) {
  workflowEvents(id: $id, after: $after, modes: [PROGRESS, TASKS, UPDATES]) { number kind data }
}`;

export const BOOKS = `query Books($first: Int!) {
  me { account { id } }
  stories(kind: FICTION, first: $first) { edges { node { id title status percent updatedAt } } }
}`;

export const BEGIN_BOOK = `mutation BeginBook($input: BeginStoryInput!) {
  beginStory(input: $input) { story { id } }
}`;

const LAID = `fragment Laid on Bible {
  series
  entries { level chapter scene subject property value }
}`;

export const BOOK = `query Book($id: ID!) {
  story(id: $id) {
    id kind title status percent errorMessage audioUrl questions
    outline { logline chapters { number title scenes { key } } }
    cast { people { key name role goal } }
    scenes { key chapter }
    findings { key chapter message sentence intended }
    openPromises { key text dueChapter }
    changes { number what }
    bible { ...Laid }
  }
}
${LAID}`;

export const CHAPTER = `query Chapter($id: ID!, $chapter: Int!) {
  story(id: $id) { scenes(chapter: $chapter) { key paragraphs } }
}`;

export const BOOK_EVENTS = `subscription BookEvents($id: ID!, $after: String) {
  storyEvents(id: $id, after: $after) {
    __typename
    cursor
    ... on StoryTextWritten { text }
    ... on StoryOtherEvent { name payload }
  }
}`;

export const ANSWER_STORY = `mutation AnswerStory($input: AnswerStoryInput!) {
  answerStory(input: $input) { story { id } }
}`;

export const WAIVE = `mutation Waive($input: WaiveFindingInput!) {
  waiveFinding(input: $input) { findings { key chapter message sentence intended } }
}`;

export const PUT_BIBLE = `mutation PutBible($input: PutBibleInput!) {
  putBible(input: $input) { bible { ...Laid } }
}
${LAID}`;

export const NARRATE = `mutation Narrate($id: ID!) {
  narrateStory(input: { id: $id }) { story { id } }
}`;

export const UNDO = `mutation Undo($id: ID!) {
  undoChange(input: { id: $id }) { story { id } }
}`;

export const CANCEL_BOOK = `mutation CancelBook($id: ID!) {
  cancelStory(input: { id: $id }) { story { id } }
}`;
