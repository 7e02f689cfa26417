//! A document that may run: parsed, within every limit, valid, and turned into the form in which it runs. Made once for
//! each text; requests share it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    Name, Positioned, Variables,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
        VariableDefinition,
    },
};
use async_graphql_value::Value;

use super::{
    answer::AnswerShape,
    conditions::{self, Conditions},
    lower,
    refusal::{Code, Problem, quote_text},
    types::{TypeId, Types},
    variables::{self, Definition},
};
use crate::{
    Limits,
    limits::{cost::Cost, introspection, size},
    parse::parse_document,
    validate::{self, Checks},
};

/// Names that a message lists.
const LISTED: usize = 5;
/// Memory of one selection with its names and arguments, measured as a rule of thumb; and of one byte of text.
const BYTES_OF_SELECTION: u64 = 400;
const BYTES_OF_TEXT: u64 = 2;

/// Forms of one operation, by the values of its conditions, that are kept; others are made for each request.
const KEPT_FORMS: usize = 4;
/// A type in place of an interface can make more selections than were written.
const GROWTH: u64 = 4;

pub(crate) struct Document {
    operations: Vec<Operation>,
    /// About what it takes in memory.
    pub(crate) bytes: u32,
}

pub(crate) struct Operation {
    name: Option<String>,
    pub(crate) ty: OperationType,
    root: TypeId,
    pub(crate) variables: Vec<Definition>,
    /// Of its largest form.
    selections: u64,
    /// Fields of its root with values of their own.
    valued_fields: Vec<Name>,
    forms: Forms,
}

/// An operation in the forms that it can have.
enum Forms {
    /// No variable decides what is a part of it.
    Only(Arc<Form>),
    Many {
        parsed: Arc<ExecutableDocument>,
        /// The variables that decide.
        conditions: Vec<Name>,
        kept: Mutex<HashMap<u64, Arc<Form>>>,
    },
}

/// An operation as it runs: its conditions are judged.
pub(crate) struct Form {
    /// The operation alone, ready for the executor.
    pub(crate) runs: ExecutableDocument,
    pub(crate) cost: Cost,
    pub(crate) answer: AnswerShape,
    /// Whether it reads the schema: `__schema` or `__type`.
    pub(crate) introspects: bool,
    /// Values of the schema that it reads.
    pub(crate) schema_values: u64,
    /// Where the answer has the description of the schema: the keys of both fields.
    pub(crate) descriptions: Vec<(Name, Name)>,
}

/// What documents are checked against.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) types: &'a Types,
    pub(crate) limits: &'a Limits,
}

impl Document {
    /// `hints`: whether problems may say which names were probably meant.
    pub(crate) fn prepare(text: &str, rules: Rules<'_>, hints: bool) -> Result<Self, Vec<Problem>> {
        let one = |problem| vec![problem];
        let parsed = parse_document(text, rules.limits).map_err(one)?;
        let grown = size::check_size(&parsed, rules.limits).map_err(one)?;

        let checks = Checks {
            types: rules.types,
            hints,
            problems: rules.limits.errors,
            comparisons: rules.limits.selections.saturating_mul(2),
        };

        validate::validate_document(&parsed, checks)?;

        let parsed = Arc::new(parsed);
        let mut operations = Vec::new();
        for (name, operation) in parsed.operations.iter() {
            if let Some(root) = rules.types.root(operation.node.ty) {
                let prepared = Operation::prepare(&parsed, name, operation, root, rules);
                operations.push(prepared.map_err(one)?);
            }
        }

        let bytes = weight(text, &operations, &parsed, grown);
        Ok(Self { operations, bytes })
    }

    /// The operation that a request means: `GetOperation` of the specification. An empty name is none.
    pub(crate) fn choose(&self, name: Option<&str>) -> Result<&Operation, Problem> {
        let name = name.filter(|name| !name.is_empty());
        let unresolved = |message: String| Err(Problem::new(Code::OperationUnresolved, message));

        match (name, self.operations.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => unresolved(format!(
                "The document has several operations: say with `operationName` which one, of {}.",
                self.names()
            )),
            (Some(name), all) => match all.iter().find(|one| one.name.as_deref() == Some(name)) {
                Some(found) => Ok(found),
                None => unresolved(format!("The document has no operation {}.", quote_text(name))),
            },
        }
    }

    /// Whether none of these fields has a value that somebody wrote into the document.
    pub(crate) fn may_be_kept(&self, ephemeral_fields: &[&str]) -> bool {
        let mut valued = self.operations.iter().flat_map(|one| &one.valued_fields);
        !valued.any(|field| ephemeral_fields.contains(&field.as_str()))
    }

    fn names(&self) -> String {
        let mut names: Vec<_> = self
            .operations
            .iter()
            .filter_map(|one| one.name.as_deref())
            .collect();
        names.sort_unstable();

        let more = names.len() > LISTED;
        names.truncate(LISTED);

        let mut names: Vec<_> = names.into_iter().map(quote_text).collect();
        if more {
            names.push("…".to_owned());
        }

        names.join(", ")
    }
}

impl Operation {
    fn prepare(
        parsed: &Arc<ExecutableDocument>,
        name: Option<&Name>,
        operation: &Positioned<OperationDefinition>,
        root: TypeId,
        rules: Rules<'_>,
    ) -> Result<Self, Problem> {
        // With nothing held back it is at its largest: what holds of this holds of each of its forms.
        let whole = Form::make(parsed, operation, root, Conditions::Ignored, rules)?;
        let set = whole.set();
        if operation.node.ty == OperationType::Subscription && set.items.len() != 1 {
            let message = "A subscription selects exactly one field.";
            return Err(Problem::invalid(operation.node.selection_set.pos, message));
        }

        let selections = count_selections(set);
        let has_defaults = |one: &Positioned<VariableDefinition>| one.node.default_value.is_some();
        let is_valued = operation.node.variable_definitions.iter().any(has_defaults);
        let valued_fields = find_valued_fields(set, is_valued);
        let arguments = variables::find_arguments(set);
        let conditions = conditions::read_variables(parsed, &operation.node.selection_set.node);
        let forms = if conditions.is_empty() {
            let none = Variables::default();
            let form = Form::make(parsed, operation, root, Conditions::Judged(&none), rules)?;
            Forms::Only(Arc::new(form))
        } else {
            Forms::Many {
                parsed: Arc::clone(parsed),
                conditions,
                kept: Mutex::default(),
            }
        };

        Ok(Self {
            name: name.map(ToString::to_string),
            ty: operation.node.ty,
            root,
            variables: variables::read_definitions(&operation.node, &arguments, rules.types),
            selections,
            valued_fields,
            forms,
        })
    }

    /// The variables that decide what is a part of it.
    pub(crate) fn conditions(&self) -> &[Name] {
        match &self.forms {
            Forms::Only(_) => &[],
            Forms::Many { conditions, .. } => conditions,
        }
    }

    /// As it runs with these variables.
    pub(crate) fn form(&self, variables: &Variables, rules: Rules<'_>) -> Result<Arc<Form>, Problem> {
        let (parsed, conditions, kept) = match &self.forms {
            Forms::Only(form) => return Ok(Arc::clone(form)),
            Forms::Many {
                parsed,
                conditions,
                kept,
            } => (parsed, conditions, kept),
        };

        let key = conditions::key(conditions, variables);
        let known = || kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(form) = key.and_then(|key| known().get(&key).cloned()) {
            return Ok(form);
        }

        let mut operations = parsed.operations.iter();
        let operation = operations.find(|(name, _)| name.map(Name::as_str) == self.name.as_deref());
        let Some((_, operation)) = operation else {
            let message = "The document has no such operation.";
            return Err(Problem::new(Code::OperationUnresolved, message));
        };

        let judged = Conditions::Judged(variables);
        let form = Arc::new(Form::make(parsed, operation, self.root, judged, rules)?);
        let mut known = known();
        if let Some(key) = key.filter(|_| known.len() < KEPT_FORMS) {
            known.insert(key, Arc::clone(&form));
        }

        Ok(form)
    }

    /// Forms that it may come to have in memory.
    fn most_forms(&self) -> u64 {
        let conditions = u32::try_from(self.conditions().len()).unwrap_or(u32::MAX);
        2_u64.saturating_pow(conditions).min(KEPT_FORMS as u64)
    }
}

impl Form {
    fn make(
        parsed: &ExecutableDocument,
        operation: &Positioned<OperationDefinition>,
        root: TypeId,
        conditions: Conditions<'_>,
        rules: Rules<'_>,
    ) -> Result<Self, Problem> {
        let Rules { types, limits } = rules;
        let most = limits.selections.saturating_mul(GROWTH);
        let lowered = lower::lower_operation(parsed, operation, root, types, conditions, most)?;
        let set = &lowered.node.selection_set;

        let introspects = introspection::is_asked(&set.node);
        let schema_values = match introspects {
            true => readable(&lowered.node, rules).map_err(|problem| problem.with_place(set.pos))?,
            false => 0,
        };

        Ok(Self {
            cost: Cost::estimate(&lowered.node, root, types, limits),
            answer: AnswerShape::build(&set.node, root, types),
            introspects,
            schema_values,
            descriptions: introspection::find_descriptions(&set.node),
            runs: ExecutableDocument {
                operations: DocumentOperations::Single(lowered),
                fragments: Default::default(),
            },
        })
    }

    /// Fragments at the root are in place, so all of it are fields.
    pub(crate) fn root_fields(&self) -> impl Iterator<Item = &str> {
        self.set()
            .items
            .iter()
            .filter_map(|selection| match &selection.node {
                Selection::Field(field) => Some(field.node.name.node.as_str()),
                Selection::InlineFragment(_) | Selection::FragmentSpread(_) => None,
            })
    }

    fn set(&self) -> &SelectionSet {
        static NONE: SelectionSet = SelectionSet { items: Vec::new() };
        match &self.runs.operations {
            DocumentOperations::Single(only) => &only.node.selection_set.node,
            DocumentOperations::Multiple(_) => &NONE,
        }
    }
}

fn readable(operation: &OperationDefinition, rules: Rules<'_>) -> Result<u64, Problem> {
    let limit = rules.limits.introspection;
    introspection::count_values(operation, rules.types, limit).ok_or_else(|| {
        Problem::new(
            Code::IntrospectionTooLarge,
            format!("The operation reads too much of the schema; at most {limit} values are allowed."),
        )
    })
}

/// `grown`: bytes of names and literals with every fragment in place.
fn weight(text: &str, operations: &[Operation], parsed: &ExecutableDocument, grown: u64) -> u32 {
    let forms = operations
        .iter()
        .map(|operation| operation.selections * operation.most_forms());
    let mut selections = forms.sum::<u64>();
    if operations
        .iter()
        .any(|operation| !operation.conditions().is_empty())
    {
        let fragments = parsed.fragments.values().map(|one| &one.node.selection_set.node);
        let written = parsed
            .operations
            .iter()
            .map(|(_, one)| &one.node.selection_set.node);
        selections += fragments.chain(written).map(count_selections).sum::<u64>();
    }

    let most = operations.iter().map(Operation::most_forms).max().unwrap_or(1);
    let bytes = selections * BYTES_OF_SELECTION + text.len() as u64 * BYTES_OF_TEXT + grown * most;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The fields of a root with an argument that is more than variables; all of them where variables have values of their own.
fn find_valued_fields(set: &SelectionSet, all: bool) -> Vec<Name> {
    let fields = set.items.iter().filter_map(|selection| match &selection.node {
        Selection::Field(field) => Some(&field.node),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => None,
    });
    let valued =
        fields.filter(|field| all || field.arguments.iter().any(|(_, value)| is_valued(&value.node)));

    valued.map(|field| field.name.node.clone()).collect()
}

/// Whether a value has texts or numbers in it.
fn is_valued(value: &Value) -> bool {
    match value {
        Value::Variable(_) | Value::Null | Value::Boolean(_) | Value::Enum(_) => false,
        Value::Number(_) | Value::String(_) | Value::Binary(_) => true,
        Value::List(items) => items.iter().any(is_valued),
        Value::Object(fields) => fields.values().any(is_valued),
    }
}

fn count_selections(set: &SelectionSet) -> u64 {
    let inner = set.items.iter().map(|selection| match &selection.node {
        Selection::Field(field) => count_selections(&field.node.selection_set.node),
        Selection::InlineFragment(fragment) => count_selections(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    });
    set.items.len() as u64 + inner.sum::<u64>()
}
