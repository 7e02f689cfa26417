// A client that runs a plan step by step with its own data, in under a hundred lines: the reference for whoever writes one.
// It asks the server only where a step names a template; what each action means is said in
// agent-svc/assistant/src/plans/evaluate.rs, whose results these are.
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Fields = { [name: string]: Json };
export type Step = { action: string; prompt_template: string | null; variables: Fields | null; data_from_step: number | null };
export type Plan = { id: string; name: string; min_tier: string; agent: string; steps: Step[] };
export type Action = { type: 'create_record'; table: string | null; data: Fields };
export type Question = { template: string; variables: Fields; data: Json };
export type Outcome = { results: Json[]; actions: Action[]; response: string };

const isFields = (value: Json | undefined): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const text = (record: Json | undefined, field: string): string => {
  const value = isFields(record) ? record[field] : undefined;
  return typeof value === 'string' ? value : '';
};

/** `$today` and `$today-6` as days; `today` is the day in the user's zone. */
function fillDays(pattern: string, today: string): string {
  return pattern.replace(/\$today(-\d+)?/g, (_, back: string | undefined) => {
    const day = new Date(`${today}T00:00:00Z`);
    day.setUTCDate(day.getUTCDate() - (back ? Number(back.slice(1)) : 0));
    return day.toISOString().slice(0, 10);
  });
}

/** `{{2}}` and `{{2.title}}`: what earlier steps gave. */
function fillText(pattern: string, results: Json[], today: string): string {
  return fillDays(pattern, today).replace(/\{\{(\d+)(?:\.([^}]*))?\}\}/g, (_, step: string, field: string | undefined) => {
    const result = results[Number(step)];
    const value = field === undefined ? result : isFields(result) ? result[field] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  });
}

function fillAll(fields: Fields, results: Json[], today: string): Fields {
  const filled = Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? fillText(value, results, today) : value]);
  return Object.fromEntries(filled);
}

/** Days are compared by their first ten characters; a record without the field fits no comparison. */
function fits(record: Json, condition: Json, today: string): boolean {
  const value = isFields(condition) ? condition.value : null;
  const own = text(record, text(condition, 'field'));
  const day = own.slice(0, 10);
  const wanted = typeof value === 'string' ? fillDays(value, today) : null;
  const compares = own !== '' && wanted !== null;
  switch (text(condition, 'op')) {
    case 'in': return list(value).includes(own);
    case 'not_in': return !list(value).includes(own);
    case 'on': return compares && day === wanted;
    case 'before': return compares && day < wanted;
    case 'since': return compares && day >= wanted;
    case 'until': return compares && day <= wanted;
    default: return false;
  }
}

function select(variables: Fields, all: Json | undefined, today: string): Json[] {
  let found = list(all).filter((record) => list(variables.where).every((condition) => fits(record, condition, today)));
  if (typeof variables.sort === 'string') {
    const field = variables.sort;
    const order = (one: Json, other: Json) => (text(one, field) < text(other, field) ? -1 : text(one, field) > text(other, field) ? 1 : 0);
    found = found.sort((one, other) => (variables.descending === true ? -1 : 1) * order(one, other));
  }
  return typeof variables.limit === 'number' ? found.slice(0, variables.limit) : found;
}

export async function run(plan: Plan, context: Fields, today: string, ask: (question: Question) => Promise<Json>): Promise<Outcome> {
  const outcome: Outcome = { results: [], actions: [], response: '' };
  for (const step of plan.steps) {
    const variables = step.variables ?? {};
    const data = step.data_from_step === null ? null : outcome.results[step.data_from_step];
    let result: Json;
    if (step.action === 'select') {
      result = select(variables, step.data_from_step === null ? context[String(variables.source)] : data, today);
    } else if (step.action === 'first') {
      result = list(data)[0] ?? null;
    } else if (step.action === 'count') {
      result = list(data).length;
    } else if (step.action === 'generate') {
      result = await ask({ template: step.prompt_template ?? '', variables: fillAll(variables, outcome.results, today), data });
    } else if (step.action === 'create_record') {
      const added = fillAll(isFields(variables.data) ? variables.data : {}, outcome.results, today);
      const records = (Array.isArray(data) ? data : [data]).filter(isFields);
      const table = typeof variables.table === 'string' ? variables.table : null;
      outcome.actions.push(...records.map((record): Action => ({ type: 'create_record', table, data: { ...record, ...added } })));
      result = records.length;
    } else {
      result = outcome.response = fillText(String(variables.text ?? ''), outcome.results, today);
    }
    outcome.results.push(result);
  }
  return outcome;
}
