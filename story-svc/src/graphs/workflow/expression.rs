//! Expressions in CEL, and values with expressions in them. An expression has no loops but over lists, so it always ends; how
//! long that takes is reckoned before it runs, from its text and from what it is given, and refused beyond a limit.

use std::collections::HashMap;
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr};
use cel::{Context, IdedExpr, Program};
use serde_json::{Map, Value};

/// Characters of one expression.
const SOURCE_MAX: usize = 4096;
/// Lists walked inside lists: deeper ones multiply.
const DEPTH_MAX: u32 = 3;
/// Steps that one expression may take, as they are reckoned.
const STEPS_MAX: f64 = 2_000_000.0;

/// Why an expression has no value, for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExpressionError {
    #[error("an expression in CEL; this one does not parse: {0}")]
    Syntax(String),
    #[error("an expression of at most {SOURCE_MAX} characters")]
    TooLong,
    #[error("an expression that walks lists inside lists at most {DEPTH_MAX} deep")]
    TooDeep,
    #[error("an expression that knows only input, config, values, item, index and workflow; not {0}")]
    UnknownName(String),
    #[error("an expression that takes fewer steps over such long lists")]
    TooCostly,
    #[error("an expression that has a value here: {0}")]
    Failed(String),
}

/// What expressions may speak of.
const NAMES: [&str; 6] = ["input", "config", "values", "item", "index", "workflow"];

/// The names and what they stand for.
pub(crate) type Known<'a> = [(&'static str, &'a Value)];

/// Reads it and says what is wrong with it, whatever it is given later.
pub(crate) fn check_expression(source: &str) -> Result<(), ExpressionError> {
    compile(source).map(drop)
}

/// Its value.
pub(crate) fn evaluate(source: &str, known: &Known<'_>) -> Result<Value, ExpressionError> {
    let (program, cost) = compile(source)?;
    let longest = known.iter().map(|(_, value)| longest(value)).max().unwrap_or(0);
    if cost.steps(longest.max(cost.widest)) > STEPS_MAX {
        return Err(ExpressionError::TooCostly);
    }

    let failed = |error: &dyn std::fmt::Display| ExpressionError::Failed(shorten(&error.to_string()));
    let mut context = Context::default();
    for (name, value) in known {
        context.add_variable_from_value(*name, given(value));
    }

    let value = program.execute(&context).map_err(|e| failed(&e))?;
    value.json().map_err(|e| failed(&e))
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

    let program = Program::compile(source).map_err(|error| {
        let text = error.to_string();
        ExpressionError::Syntax(shorten(text.lines().next().unwrap_or_default()))
    })?;
    let mut cost = Cost::default();
    cost.count(program.expression(), 0, &mut Vec::new())?;

    Ok((program, cost))
}

/// Entries of the longest list or object, or characters of the longest text.
fn longest(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(longest).max().unwrap_or(0).max(list.len()),
        Value::Object(map) => map.values().map(longest).max().unwrap_or(0).max(map.len()),
        // Texts are walked by nothing that an expression can say; they only grow by adding.
        _ => 0,
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
