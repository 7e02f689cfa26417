//! Expressions in CEL, and values with expressions in them. An expression has no loops but over lists, so it always ends; how
//! long that takes and how much it may grow is reckoned before it runs, from its text and from what it is given, and refused
//! beyond a limit.
//!
//! Reading, running and dropping an expression recurse as deep as it is nested or long, and a stack that overflows takes the
//! whole process with it. So they happen on a stack of their own, which is large enough for the deepest that is let in.

use std::collections::HashMap;
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr};
use cel::{Context, IdedExpr, Program};
use serde_json::{Map, Value};

/// Characters of one expression.
const SOURCE_MAX: usize = 4096;
/// Brackets inside brackets: for each of them the parser recurses through every kind of operator.
const NESTED_MAX: usize = 64;
/// Bytes of the stack for one expression. One of 4,096 characters is at most that many operators deep.
const STACK: usize = 128 << 20;
/// Lists walked inside lists: deeper ones multiply.
const DEPTH_MAX: u32 = 3;
/// Steps that one expression may take, as they are reckoned.
const STEPS_MAX: f64 = 2_000_000.0;
/// Bytes of text that one expression may write by adding, as they are reckoned.
const ADDED_MAX: f64 = 128e6;
/// Bytes of its value, as JSON or nearly so: a long text may stand in it many times.
const VALUE_MAX: usize = 4 << 20;

/// Why an expression has no value, for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExpressionError {
    #[error("an expression in CEL; this one does not parse: {0}")]
    Syntax(String),
    #[error("an expression of at most {SOURCE_MAX} characters")]
    TooLong,
    #[error("an expression that walks lists inside lists at most {DEPTH_MAX} deep")]
    TooDeep,
    #[error("an expression with brackets inside brackets at most {NESTED_MAX} deep")]
    TooNested,
    #[error("an expression that knows only input, config, values, item, index and workflow; not {0}")]
    UnknownName(String),
    #[error("an expression that takes fewer steps over such long lists and texts")]
    TooCostly,
    #[error("an expression whose value is at most {VALUE_MAX} bytes")]
    TooLarge,
    #[error("an expression that has a value here: {0}")]
    Failed(String),
}

/// What expressions may speak of.
const NAMES: [&str; 6] = ["input", "config", "values", "item", "index", "workflow"];

/// The names and what they stand for.
pub(crate) type Known<'a> = [(&'static str, &'a Value)];

/// Reads it and says what is wrong with it, whatever it is given later.
pub(crate) fn check_expression(source: &str) -> Result<(), ExpressionError> {
    stacker::grow(STACK, || compile(source).map(drop))
}

/// Its value.
pub(crate) fn evaluate(source: &str, known: &Known<'_>) -> Result<Value, ExpressionError> {
    stacker::grow(STACK, || run(source, known))
}

fn run(source: &str, known: &Known<'_>) -> Result<Value, ExpressionError> {
    let (program, cost) = compile(source)?;
    let mut given_to_it = Longest::default();
    known.iter().for_each(|(_, value)| given_to_it.see(value));
    let list = given_to_it.list.max(cost.widest);
    if cost.steps(list) > STEPS_MAX || cost.added(list, given_to_it.text, source.len()) > ADDED_MAX {
        return Err(ExpressionError::TooCostly);
    }

    let failed = |error: &dyn std::fmt::Display| ExpressionError::Failed(shorten(&error.to_string()));
    let mut context = Context::default();
    for (name, value) in known {
        context.add_variable_from_value(*name, given(value));
    }

    let value = program.execute(&context).map_err(|e| failed(&e))?;
    let mut left = VALUE_MAX;
    spend(&value, &mut left).ok_or(ExpressionError::TooLarge)?;

    value.json().map_err(|e| failed(&e))
}

/// Takes what a value is as JSON from what is left; `None` when that is not enough.
fn spend(value: &cel::Value, left: &mut usize) -> Option<()> {
    let own = match value {
        cel::Value::String(text) => text.len(),
        cel::Value::Bytes(bytes) => bytes.len(),
        cel::Value::List(list) => list.len(),
        cel::Value::Map(map) => map.map.keys().map(|key| key.to_string().len() + 1).sum(),
        _ => 1,
    };
    *left = left.checked_sub(own)?;

    match value {
        cel::Value::List(list) => list.iter().try_for_each(|value| spend(value, left)),
        cel::Value::Map(map) => map.map.values().try_for_each(|value| spend(value, left)),
        _ => Some(()),
    }
}

/// What an expression is given. Whole numbers are CEL's `int`, so that they go with those that people write.
fn given(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(holds) => cel::Value::Bool(*holds),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => cel::Value::Int(whole),
            (None, Some(large)) => cel::Value::UInt(large),
            (None, None) => cel::Value::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(list) => cel::Value::List(Arc::new(list.iter().map(given).collect())),
        Value::Object(map) => {
            let entries: HashMap<String, cel::Value> = map
                .iter()
                .map(|(key, value)| (key.clone(), given(value)))
                .collect();
            cel::Value::Map(entries.into())
        }
    }
}

/// Whether it holds.
pub(crate) fn holds(source: &str, known: &Known<'_>) -> Result<bool, ExpressionError> {
    match evaluate(source, known)? {
        Value::Bool(holds) => Ok(holds),
        other => Err(ExpressionError::Failed(format!(
            "it gives {}, not true or false",
            shorten(&other.to_string())
        ))),
    }
}

/// What an expression costs, by its text alone.
#[derive(Debug, Default)]
struct Cost {
    nodes: usize,
    additions: usize,
    depth: u32,
    /// Entries of the longest list or map that is written out.
    widest: usize,
}

impl Cost {
    /// An upper bound when no list or text that it is given is longer than this.
    fn steps(&self, longest: usize) -> f64 {
        if self.depth == 0 {
            return 0.0;
        }
        // Only adding makes a list that is longer than the longest one.
        let list = (longest * (self.additions + 1)) as f64;
        self.nodes as f64 * list.powf(f64::from(self.depth))
    }

    /// An upper bound of the bytes that adding texts writes, when none that it is given is longer than `text`: each sum is
    /// written anew for the next one. What is written out in the expression is in each sum once at most.
    fn added(&self, list: usize, text: usize, source: usize) -> f64 {
        let additions = self.additions as f64;
        let walks = (list as f64).max(1.0).powf(f64::from(self.depth));

        walks * additions * ((additions + 1.0) / 2.0 * text as f64 + source as f64)
    }

    fn count(
        &mut self,
        expression: &IdedExpr,
        depth: u32,
        bound: &mut Vec<String>,
    ) -> Result<(), ExpressionError> {
        self.nodes += 1;
        self.depth = self.depth.max(depth);

        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => {
                let plain = name.trim_start_matches('.');
                if !NAMES.contains(&plain) && !bound.iter().any(|known| known == name) {
                    return Err(ExpressionError::UnknownName(shorten(name)));
                }
            }
            Expr::Call(call) => {
                self.additions += usize::from(call.func_name == "_+_");
                for part in call.target.iter().map(|target| &**target).chain(&call.args) {
                    self.count(part, depth, bound)?;
                }
            }
            Expr::List(list) => {
                self.widest = self.widest.max(list.elements.len());
                for part in &list.elements {
                    self.count(part, depth, bound)?;
                }
            }
            Expr::Select(select) => self.count(&select.operand, depth, bound)?,
            Expr::Map(map) => {
                self.count_entries(map.entries.iter().map(|entry| &entry.expr), depth, bound)?
            }
            Expr::Struct(made) => {
                self.count_entries(made.entries.iter().map(|entry| &entry.expr), depth, bound)?
            }
            Expr::Comprehension(walk) => {
                if depth >= DEPTH_MAX {
                    return Err(ExpressionError::TooDeep);
                }
                self.count(&walk.iter_range, depth, bound)?;
                let outside = bound.len();
                bound.extend([walk.iter_var.clone(), walk.accu_var.clone()]);
                bound.extend(walk.iter_var2.clone());
                for part in [&walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result] {
                    self.count(part, depth + 1, bound)?;
                }
                bound.truncate(outside);
                // What gathers the results adds each of them once.
                self.additions = self.additions.saturating_sub(1);
            }
        }

        Ok(())
    }

    fn count_entries<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a EntryExpr>,
        depth: u32,
        bound: &mut Vec<String>,
    ) -> Result<(), ExpressionError> {
        for (place, entry) in entries.enumerate() {
            self.widest = self.widest.max(place + 1);
            match entry {
                EntryExpr::StructField(field) => self.count(&field.value, depth, bound)?,
                EntryExpr::MapEntry(entry) => {
                    self.count(&entry.key, depth, bound)?;
                    self.count(&entry.value, depth, bound)?;
                }
            }
        }

        Ok(())
    }
}

fn compile(source: &str) -> Result<(Program, Cost), ExpressionError> {
    if source.len() > SOURCE_MAX {
        return Err(ExpressionError::TooLong);
    }
    if nesting(source) > NESTED_MAX {
        return Err(ExpressionError::TooNested);
    }

    let program = Program::compile(source).map_err(|error| {
        let text = error.to_string();
        ExpressionError::Syntax(shorten(text.lines().next().unwrap_or_default()))
    })?;
    let mut cost = Cost::default();
    cost.count(program.expression(), 0, &mut Vec::new())?;

    Ok((program, cost))
}

/// How deep brackets stand in brackets; those in texts count as well, which only makes it more.
fn nesting(source: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for char in source.chars() {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }

    deepest
}

/// The largest things in what an expression is given.
#[derive(Debug, Default)]
struct Longest {
    /// Entries of a list or an object.
    list: usize,
    /// Bytes of a text.
    text: usize,
}

impl Longest {
    fn see(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text = self.text.max(text.len()),
            Value::Array(list) => {
                self.list = self.list.max(list.len());
                list.iter().for_each(|value| self.see(value));
            }
            Value::Object(map) => {
                self.list = self.list.max(map.len());
                map.values().for_each(|value| self.see(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

/// One piece of a text with expressions in it.
#[derive(Debug, PartialEq, Eq)]
enum TemplatePiece<'a> {
    Text(&'a str),
    Expression(&'a str),
}

/// Cuts a text at `${…}`. Braces inside an expression are matched, those in its texts left alone.
fn cut(text: &str) -> Result<Vec<TemplatePiece<'_>>, ExpressionError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if start > 0 {
            pieces.push(TemplatePiece::Text(&rest[..start]));
        }
        let inside = &rest[start + 2..];
        let end =
            find_end(inside).ok_or_else(|| ExpressionError::Syntax("a ${ is not closed by }".to_owned()))?;
        pieces.push(TemplatePiece::Expression(&inside[..end]));
        rest = &inside[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(TemplatePiece::Text(rest));
    }

    Ok(pieces)
}

fn find_end(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (place, char) in text.char_indices() {
        match (quote, char) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) => quote = (char != open).then_some(open),
            (None, '"' | '\'') => quote = Some(char),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(place),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }

    None
}

/// Checks every expression in a value; `at` is the value's own place, to which the places inside are added.
pub(crate) fn check_template(value: &Value, at: &str, fault: &mut dyn FnMut(String, ExpressionError)) {
    match value {
        Value::String(text) => match cut(text) {
            Err(error) => fault(at.to_owned(), error),
            Ok(pieces) => {
                for piece in pieces {
                    if let TemplatePiece::Expression(source) = piece
                        && let Err(error) = check_expression(source)
                    {
                        fault(at.to_owned(), error);
                    }
                }
            }
        },
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                check_template(value, &format!("{at}.{place}"), fault);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                check_template(value, &format!("{at}.{key}"), fault);
            }
        }
        _ => {}
    }
}

/// The value with all its expressions in place: a text that is one expression becomes what that gives.
pub(crate) fn fill(template: &Value, known: &Known<'_>) -> Result<Value, ExpressionError> {
    Ok(match template {
        Value::String(text) => match &cut(text)?[..] {
            [TemplatePiece::Expression(source)] => evaluate(source, known)?,
            pieces => Value::String(join(pieces, known)?),
        },
        Value::Array(list) => {
            let filled = list.iter().map(|value| fill(value, known));
            Value::Array(filled.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let mut filled = Map::new();
            for (key, value) in map {
                filled.insert(key.clone(), fill(value, known)?);
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

/// As [`fill`], of a text that stays one.
pub(crate) fn fill_text(template: &str, known: &Known<'_>) -> Result<String, ExpressionError> {
    join(&cut(template)?, known)
}

fn join(pieces: &[TemplatePiece<'_>], known: &Known<'_>) -> Result<String, ExpressionError> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            TemplatePiece::Text(plain) => text.push_str(plain),
            TemplatePiece::Expression(source) => match evaluate(source, known)? {
                Value::String(value) => text.push_str(&value),
                Value::Null => {}
                value => text.push_str(&value.to_string()),
            },
        }
    }

    Ok(text)
}

#[cfg(test)]
mod tests;
