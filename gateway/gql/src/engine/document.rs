//! A document that may run: parsed, within every limit, valid, and turned into the form in which it runs. Made once for
//! each text; requests share it.

use std::sync::Arc;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};

use super::{
    answer::AnswerShape,
    lower,
    refusal::{Code, Problem, quote},
    types::Types,
    variables::{self, Definition},
};
use crate::{
    Limits,
    limits::{cost::Cost, introspection, size},
    parse::parse,
    validate::{self, Checks},
};

/// Names that a message lists.
const LISTED: usize = 5;
/// Memory of one selection with its names and arguments, measured as a rule of thumb; and of one byte of text.
const BYTES_OF_SELECTION: u64 = 400;
const BYTES_OF_TEXT: u64 = 2;

pub(crate) struct Document {
    operations: Vec<Operation>,
    /// About what it takes in memory.
    pub(crate) bytes: u32,
}

pub(crate) struct Operation {
    name: Option<String>,
    pub(crate) ty: OperationType,
    /// The operation alone, ready for the executor.
    pub(crate) runs: ExecutableDocument,
    pub(crate) variables: Vec<Definition>,
    pub(crate) cost: Cost,
    pub(crate) answer: Arc<AnswerShape>,
    /// Whether it reads the schema: `__schema` or `__type`.
    pub(crate) introspects: bool,
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
        let parsed = parse(text, rules.limits).map_err(one)?;
        size::check(&parsed, rules.limits).map_err(one)?;

        let checks = Checks {
            types: rules.types,
            hints,
            problems: rules.limits.errors,
            comparisons: rules.limits.selections.saturating_mul(2),
        };

        validate::validate(&parsed, checks)?;

        let mut operations = Vec::new();
        for (name, operation) in parsed.operations.iter() {
            let root = rules.types.root(operation.node.ty);
            let Some(root) = root else {
                continue;
            };
            let lowered =
                lower::lower(&parsed, operation, root, rules.types, rules.limits.selections).map_err(one)?;
            let set = &lowered.node.selection_set;

            if operation.node.ty == OperationType::Subscription && !is_single(&set.node) {
                return Err(one(Problem::invalid(
                    set.pos,
                    "A subscription selects exactly one field.",
                )));
            }

            let introspects = introspection::is_asked(&set.node);
            if introspects {
                readable(&lowered.node, rules).map_err(|problem| one(problem.at(set.pos)))?;
            }

            operations.push(Operation {
                name: name.map(ToString::to_string),
                ty: operation.node.ty,
                variables: variables::definitions(&operation.node, rules.types),
                cost: Cost::of(&lowered.node, root, rules.types, rules.limits),
                answer: Arc::new(AnswerShape::of(&set.node, root, rules.types)),
                introspects,
                runs: ExecutableDocument {
                    operations: DocumentOperations::Single(lowered),
                    fragments: Default::default(),
                },
            });
        }

        let bytes = weight(text, &operations);
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
                None => unresolved(format!("The document has no operation {}.", quote(name))),
            },
        }
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

        let mut names: Vec<_> = names.into_iter().map(quote).collect();
        if more {
            names.push("…".to_owned());
        }

        names.join(", ")
    }
}

fn readable(operation: &OperationDefinition, rules: Rules<'_>) -> Result<(), Problem> {
    let limit = rules.limits.introspection;
    match introspection::count(operation, rules.types, limit) {
        Some(_) => Ok(()),
        None => Err(Problem::new(
            Code::IntrospectionTooLarge,
            format!("The operation reads too much of the schema; at most {limit} values are allowed."),
        )),
    }
}

fn is_single(set: &SelectionSet) -> bool {
    matches!(set.items.as_slice(), [only] if matches!(only.node, Selection::Field(_)))
}

fn weight(text: &str, operations: &[Operation]) -> u32 {
    let selections = operations.iter().map(|operation| {
        let mut count = 0;
        for (_, operation) in operation.runs.operations.iter() {
            count += selections(&operation.node.selection_set.node);
        }
        count
    });
    let selections = selections.sum::<u64>() * BYTES_OF_SELECTION;
    let text = text.len() as u64 * BYTES_OF_TEXT;

    u32::try_from(selections.saturating_add(text)).unwrap_or(u32::MAX)
}

fn selections(set: &SelectionSet) -> u64 {
    let inner = set.items.iter().map(|selection| match &selection.node {
        Selection::Field(field) => selections(&field.node.selection_set.node),
        Selection::InlineFragment(fragment) => selections(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    });
    set.items.len() as u64 + inner.sum::<u64>()
}
