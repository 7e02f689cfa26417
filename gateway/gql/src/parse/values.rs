//! The values of a document.

use async_graphql::{Name, Number, Positioned, indexmap::IndexMap};
use async_graphql_value::Value;

use super::{Kind, Parsed, Parser, text};
use crate::engine::refusal::{Code, Problem, quote};

impl Parser<'_> {
    /// `constant`: no variable may be in it.
    pub(super) fn value(&mut self, constant: bool) -> Parsed<Positioned<Value>> {
        let pos = self.token.pos;
        let value = match self.token.kind {
            Kind::Punctuator(b'$') if !constant => Value::Variable(self.variable()?.node),
            Kind::Punctuator(b'[') => self.list(constant)?,
            Kind::Punctuator(b'{') => self.object(constant)?,
            Kind::Int(written) => {
                self.leaf(integer(written).map(Value::Number), "a number that is too large")?
            }
            Kind::Float(written) => {
                self.leaf(float(written).map(Value::Number), "a number that is too large")?
            }
            Kind::Text(written) => self.leaf(
                text::line(written).map(Value::String),
                "a wrong escape in a string",
            )?,
            Kind::Block(written) => self.leaf(Some(Value::String(text::block(written))), "")?,
            Kind::Name(name) => {
                let value = match name {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    "null" => Value::Null,
                    _ => Value::Enum(Name::new(name)),
                };
                self.leaf(Some(value), "")?
            }
            _ => return Err(self.wrong("a value")),
        };

        Ok(Positioned::new(value, pos))
    }

    fn leaf(&mut self, value: Option<Value>, why: &str) -> Parsed<Value> {
        let value = value.ok_or_else(|| {
            let message = format!("The document is not GraphQL: there is {why}.");
            Problem::new(Code::ParseFailed, message).at(self.token.pos)
        })?;
        self.advance()?;
        Ok(value)
    }

    fn list(&mut self, constant: bool) -> Parsed<Value> {
        self.open()?;
        let mut values = Vec::new();
        while !self.is(b']') {
            values.push(self.value(constant)?.node);
        }
        self.close(b']')?;
        Ok(Value::List(values))
    }

    fn object(&mut self, constant: bool) -> Parsed<Value> {
        self.open()?;

        let mut fields = IndexMap::new();
        while !self.is(b'}') {
            let name = self.name()?;
            self.expect(b':')?;
            let value = self.value(constant)?.node;
            if let Some(_before) = fields.insert(name.node.clone(), value) {
                let message = format!("The field {} is given twice.", quote(&name.node));
                return Err(Problem::invalid(name.pos, message));
            }
        }

        self.close(b'}')?;

        Ok(Value::Object(fields))
    }
}

fn integer(written: &str) -> Option<Number> {
    match written.parse::<i64>() {
        Ok(small) => Some(small.into()),
        Err(_) => match written.parse::<u64>() {
            Ok(large) => Some(large.into()),
            Err(_) => float(written),
        },
    }
}

fn float(written: &str) -> Option<Number> {
    Number::from_f64(written.parse().ok()?)
}
