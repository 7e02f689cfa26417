//! The page on which a record is added or changed.

use super::{
    entity::{file_name, has_references, options_name, rule_key},
    template::{Lines, fill, quote},
};
use crate::model::{AppModel, Entity, Field, FieldKind, Rule};

pub(crate) fn write_form(app: &AppModel, entity: &Entity) -> String {
    let mut file = Lines::default();
    let names = has_references(entity);
    let roles = !app.roles.is_empty();
    let inputs: Vec<String> = entity
        .fields
        .iter()
        .map(|field| write_input(app, entity, field))
        .collect();

    write_imports(&mut file, entity, names, roles);
    file.push("/** Adds a __one__, or changes the one with the id. */\nexport function __Type__Form({ id }: { id: string }) {");
    file.push("  const records = useRecords(__value__Store)");
    if names {
        file.push("  const names = useNames()");
    }
    if roles {
        file.push("  const { role } = useRole()");
    }
    let loads = if names {
        "[records, ...names.loads]"
    } else {
        "[records]"
    };
    file.push(format!(
        "  const notReady = {loads}.find((load) => load.state !== 'ready')"
    ));
    file.push("  if (notReady !== undefined) return <Waiting load={notReady} />\n");
    if roles {
        file.push("  if (!may(role, id === '' ? 'add' : 'edit', '__folder__')) return <Empty title=\"This role may not do that\" />");
    }
    file.push("  const before = records.items.find((item) => item.id === id)");
    file.push("  if (id !== '' && before === undefined) return <NotFound what=\"__one__\" />");
    let pass = if names { " names={names}" } else { "" };
    file.push(format!("  return <Sheet key={{id}} before={{before}} others={{records.items.filter((item) => item.id !== id)}}{pass} />\n}}\n"));

    let prop = if names { "; names: Names" } else { "" };
    file.push(format!(
        "function Sheet(props: {{ before: __Type__ | undefined; others: readonly __Type__[]{prop} }}) {{"
    ));
    file.push(SHEET);
    for input in inputs {
        file.push(input);
    }
    file.push(SHEET_END);

    fill(&file.finish(), entity)
}

fn write_imports(file: &mut Lines, entity: &Entity, names: bool, roles: bool) {
    file.push("import { useEffect, useState } from 'react'");
    let mut components = vec![
        "ChoiceField",
        "LongTextField",
        "NumberField",
        "RecordField",
        "TextField",
        "YesNoField",
    ];
    components.retain(|component| {
        entity
            .fields
            .iter()
            .any(|field| component_of(field) == *component)
    });
    file.push(format!(
        "import {{ {} }} from '../lib/fields'",
        components.join(", ")
    ));
    file.push("import { useRecords } from '../lib/records'\nimport { go, Link } from '../lib/router'\nimport { findProblems, type Problems } from '../lib/rules'");
    file.push(if roles {
        "import { Empty, NotFound, Waiting } from '../lib/states'"
    } else {
        "import { NotFound, Waiting } from '../lib/states'"
    });
    file.push("import { today } from '../lib/values'");
    if names {
        file.push("import { useNames, type Names } from '../names'");
    }
    if roles {
        file.push("import { may, useRole } from '../roles'");
    }

    let mut own: Vec<String> = vec![
        "__value__Rules".into(),
        "__value__Store".into(),
        "empty__Type__".into(),
        "type __Type__".into(),
        "type __Type__Draft".into(),
    ];
    own.extend(
        entity
            .fields
            .iter()
            .filter(|field| matches!(field.kind, FieldKind::Choice(_)))
            .map(|field| options_name(entity, field)),
    );
    file.push(format!(
        "import {{ {} }} from './{}'\n",
        own.join(", "),
        file_name(entity)
    ));
}

fn component_of(field: &Field) -> &'static str {
    match &field.kind {
        FieldKind::Long => "LongTextField",
        FieldKind::Number { .. } | FieldKind::Money => "NumberField",
        FieldKind::YesNo => "YesNoField",
        FieldKind::Choice(_) => "ChoiceField",
        FieldKind::Reference(_) => "RecordField",
        _ => "TextField",
    }
}

fn write_input(app: &AppModel, entity: &Entity, field: &Field) -> String {
    let key = field.key();
    let kind = match &field.kind {
        FieldKind::Date(_) => " type=\"date\"".to_owned(),
        FieldKind::Time => " type=\"time\"".to_owned(),
        FieldKind::Email => " type=\"email\"".to_owned(),
        FieldKind::Phone => " type=\"tel\"".to_owned(),
        FieldKind::Url => " type=\"url\"".to_owned(),
        FieldKind::Choice(_) => format!(" options={{{}}}", options_name(entity, field)),
        FieldKind::Reference(noun) => app
            .entity(noun)
            .map(|target| format!(" options={{props.names.{}Options}}", target.value_name()))
            .unwrap_or_default(),
        _ => String::new(),
    };
    let required = if entity.rules.contains(&Rule::Required(key.clone())) {
        " required"
    } else {
        ""
    };
    let has_rule = entity.rules.iter().any(|rule| rule_key(rule) == key);
    let error = if has_rule && field.kind != FieldKind::YesNo {
        format!("\n        error={{problems.{key}}}")
    } else {
        String::new()
    };

    format!(
        "      <{}\n        label={{{}}}\n        value={{draft.{key}}}\n        onChange={{(value) => change({{ {key}: value }})}}{error}{}{required}\n      />",
        component_of(field),
        quote(&field.title()),
        if kind.is_empty() {
            String::new()
        } else {
            format!("\n       {kind}")
        },
    )
}

const SHEET: &str = r#"  const { before, others } = props
  const [draft, setDraft] = useState<__Type__Draft>(() => before ?? empty__Type__())
  const [problems, setProblems] = useState<Problems<__Type__Draft>>({})
  const [failure, setFailure] = useState('')

  useEffect(() => {
    if (Object.keys(problems).length > 0) document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [problems])

  function change(changes: Partial<__Type__Draft>) {
    setDraft((current) => ({ ...current, ...changes }))
  }

  async function save() {
    const found = findProblems(__value__Rules, draft, { others, today: today() })
    setProblems(found)
    if (Object.keys(found).length > 0) return
    try {
      const saved = await (before === undefined ? __value__Store.add(draft) : __value__Store.update(before.id, draft))
      go(`/__folder__/${saved.id}`)
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'It can’t be saved.')
    }
  }

  return (
    <form
      className="sheet"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <h1>{before === undefined ? 'Add __one__' : 'Edit __one__'}</h1>"#;

const SHEET_END: &str = r#"      {failure !== '' && (
        <p className="problem" role="alert">
          {failure}
        </p>
      )}
      <div className="actions">
        <button type="submit">Save</button>
        <Link to={before === undefined ? '/__folder__' : `/__folder__/${before.id}`} className="button quiet">
          Cancel
        </Link>
      </div>
    </form>
  )
}"#;
