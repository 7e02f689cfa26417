//! Whether a document is valid for the schema, by the rules of the specification. Ours instead of async-graphql's,
//! whose rules expand fragments without bound, collect errors without bound, and are wrong in places (a test lists them).
//! Each rule visits a document's text once; only the merge of fields follows fragments, within a budget.

mod arguments;
mod merge;
mod selections;
pub(crate) mod values;
mod variables;

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};

use crate::engine::{
    conditions::is_condition,
    refusal::{Problem, quote_text},
    types::{TypeId, TypeRef, Types},
};

/// Longest name that is compared with those that exist, in bytes.
const LONGEST_SLIP: usize = 64;

/// How a document is checked.
#[derive(Clone, Copy)]
pub(crate) struct Checks<'a> {
    pub(crate) types: &'a Types,
    /// Whether messages may say which name was probably meant: not to those who may not read the schema.
    pub(crate) hints: bool,
    /// Problems that are reported; the check stops there.
    pub(crate) problems: usize,
    /// Fields that the merge of fields may compare.
    pub(crate) comparisons: u64,
}

/// The problems of a document that is within its limits and has no circle of fragments.
pub(crate) fn validate_document(
    document: &ExecutableDocument,
    checks: Checks<'_>,
) -> Result<(), Vec<Problem>> {
    let mut checker = Checker {
        checks,
        types: checks.types,
        document,
        problems: Vec::new(),
        scope: Scope::default(),
    };

    let mut scopes = Scopes::default();
    for (name, fragment) in &document.fragments {
        checker.fragment(name, fragment);
        scopes
            .fragments
            .insert(name.as_str(), std::mem::take(&mut checker.scope));
    }

    for (name, operation) in document.operations.iter() {
        checker.operation(operation);
        let scope = std::mem::take(&mut checker.scope);
        scopes.operations.push((name, operation, scope));
    }

    // What follows relies on names that exist, and would only repeat what is wrong already.
    checker.settled()?;
    checker.fragments_are_used(&scopes);

    for (name, operation, scope) in &scopes.operations {
        checker.check_variables(*name, operation, &scopes.reach(scope));
    }

    checker.settled()?;

    merge::check_merge(document, checks).map_err(|problem| vec![problem])
}

struct Checker<'a> {
    checks: Checks<'a>,
    types: &'a Types,
    document: &'a ExecutableDocument,
    problems: Vec<Problem>,
    /// Of the operation or fragment that is being visited.
    scope: Scope<'a>,
}

/// The name with the fewest edits, when those are few enough to be a slip.
fn find_nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let most = (name.len() / 3).max(2);
    let ranked = known.into_iter().map(|one| (strsim::levenshtein(name, one), one));

    ranked
        .filter(|(edits, _)| *edits <= most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, one)| one)
}

/// What arguments are given to, for messages.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Field(&'a str),
    Directive(&'a str),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, "the field {}", quote_text(name)),
            Self::Directive(name) => write!(f, "the directive {}", quote_text(name)),
        }
    }
}

/// What an operation or a fragment refers to.
#[derive(Default)]
struct Scope<'a> {
    uses: Vec<VariableUse<'a>>,
    spreads: HashSet<&'a str>,
}

/// A variable, where it is used.
struct VariableUse<'a> {
    name: &'a str,
    at: Pos,
    /// None inside a scalar that takes anything.
    place: Option<ValuePlace<'a>>,
}

/// What a value must be in its place.
#[derive(Clone, Copy)]
struct ValuePlace<'a> {
    ty: &'a TypeRef,
    has_default: bool,
    /// In an input object of which exactly one field may be given.
    one_of: bool,
}

#[derive(Default)]
struct Scopes<'a> {
    fragments: HashMap<&'a str, Scope<'a>>,
    operations: Vec<(Option<&'a Name>, &'a Positioned<OperationDefinition>, Scope<'a>)>,
}

impl<'a> Scopes<'a> {
    /// The scope itself and those of all fragments that it reaches.
    fn reach<'s>(&'s self, from: &'s Scope<'a>) -> Vec<&'s Scope<'a>> {
        let mut names = HashSet::new();
        let mut reached = vec![from];
        let mut next = 0;
        while let Some(scope) = reached.get(next).copied() {
            next += 1;
            for name in &scope.spreads {
                if let (true, Some(fragment)) = (names.insert(*name), self.fragments.get(name)) {
                    reached.push(fragment);
                }
            }
        }

        reached
    }
}

impl<'a> Checker<'a> {
    fn report(&mut self, at: Pos, message: impl Into<String>) {
        if !self.is_full() {
            self.problems.push(Problem::invalid(at, message));
        }
    }

    /// True when nothing more would be reported: whoever loops may stop.
    fn is_full(&self) -> bool {
        self.problems.len() >= self.checks.problems
    }

    fn settled(&mut self) -> Result<(), Vec<Problem>> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(std::mem::take(&mut self.problems))
    }

    /// ` Did you mean …?`, or nothing: also for a name that is too long to be a slip and dear to compare.
    fn hint<'n>(&self, name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
        let wanted = self.checks.hints && name.len() <= LONGEST_SLIP;
        let nearest = wanted.then(|| find_nearest(name, known)).flatten();

        nearest.map_or_else(String::new, |name| format!(" Did you mean {}?", quote_text(name)))
    }

    fn operation(&mut self, operation: &'a Positioned<OperationDefinition>) {
        let (location, plural) = match operation.node.ty {
            OperationType::Query => ("QUERY", "queries"),
            OperationType::Mutation => ("MUTATION", "mutations"),
            OperationType::Subscription => ("SUBSCRIPTION", "subscriptions"),
        };
        let Some(root) = self.types.root(operation.node.ty) else {
            return self.report(operation.pos, format!("The schema has no {plural}."));
        };

        self.check_directives(&operation.node.directives, location);
        self.check_definitions(&operation.node.variable_definitions);
        self.check_selections(&operation.node.selection_set.node, root);
        if operation.node.ty == OperationType::Subscription {
            self.check_unconditional(&operation.node.selection_set.node, &mut HashSet::new());
        }
    }

    /// What a subscription is must not depend on a condition: none may stand at its root, in fragments neither.
    fn check_unconditional(&mut self, set: &'a SelectionSet, seen: &mut HashSet<&'a str>) {
        for selection in &set.items {
            let mut directives = selection.node.directives().iter();
            if let Some(condition) = directives.find(|directive| is_condition(directive)) {
                let name = quote_text(&format!("@{}", condition.node.name.node));
                let message = format!("The root of a subscription may have no conditions such as {name}.");
                self.report(condition.pos, message);
            }

            match &selection.node {
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => {
                    self.check_unconditional(&fragment.node.selection_set.node, seen);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let (true, Some(fragment)) =
                        (seen.insert(name.as_str()), self.document.fragments.get(name))
                    {
                        self.check_unconditional(&fragment.node.selection_set.node, seen);
                    }
                }
            }
        }
    }

    fn fragment(&mut self, name: &Name, fragment: &'a Positioned<FragmentDefinition>) {
        let condition = &fragment.node.type_condition.node.on;
        self.check_directives(&fragment.node.directives, "FRAGMENT_DEFINITION");
        let subject = format!("The fragment {}", quote_text(name.as_str()));
        if let Some(ty) = self.condition(condition, &subject) {
            self.check_selections(&fragment.node.selection_set.node, ty);
        }
    }

    /// The type that a fragment is on, when fragments can be on it.
    fn condition(&mut self, condition: &Positioned<Name>, subject: &str) -> Option<TypeId> {
        let name = condition.node.as_str();
        let Some(ty) = self.types.find(name) else {
            let composite = self.types.iter().filter(|(id, _)| self.types.is_composite(*id));
            let hint = self.hint(name, composite.map(|(_, ty)| ty.name.as_str()));
            self.report(
                condition.pos,
                format!("There is no type {}.{hint}", quote_text(name)),
            );
            return None;
        };
        if !self.types.is_composite(ty) {
            let message = format!("{subject} is on {}, which has no fields.", quote_text(name));
            self.report(condition.pos, message);
            return None;
        }

        Some(ty)
    }

    fn fragments_are_used(&mut self, scopes: &Scopes<'a>) {
        let mut used = HashSet::new();
        for (_, _, scope) in &scopes.operations {
            for reached in scopes.reach(scope) {
                used.extend(reached.spreads.iter().copied());
            }
        }

        for (name, fragment) in &self.document.fragments {
            if !used.contains(name.as_str()) {
                let message = format!("The fragment {} is never used.", quote_text(name.as_str()));
                self.report(fragment.pos, message);
            }
        }
    }
}
