//! Reads the types out of the schema's introspection, which is the only complete account of them that async-graphql
//! gives: its SDL leaves the introspection types out.

use std::collections::HashMap;

use async_graphql::{Executor, Request};
use futures::FutureExt;
use serde::Deserialize;

use super::{Directive, Field, Input, Type, TypeId, TypeRef, TypeShape, Types};

/// Everything but descriptions. Deeper than any type that a schema writes.
const EVERYTHING: &str = "
    { __schema {
        queryType { name } mutationType { name } subscriptionType { name }
        types {
            kind name isOneOf
            fields(includeDeprecated: true) { name type { ...Type } args(includeDeprecated: true) { ...Input } }
            inputFields(includeDeprecated: true) { ...Input }
            enumValues(includeDeprecated: true) { name }
            interfaces { name }
            possibleTypes { name }
        }
        directives { name locations isRepeatable args(includeDeprecated: true) { ...Input } }
    } }
    fragment Input on __InputValue { name defaultValue type { ...Type } }
    fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
        kind name ofType { kind name ofType { kind name } } } } } } }";

#[derive(Debug, thiserror::Error)]
pub enum TypesError {
    #[error("the GraphQL schema does not answer its own introspection")]
    Silent,
    #[error("the GraphQL schema describes itself in an unknown way")]
    Unreadable(#[source] async_graphql::DeserializerError),
    #[error("the GraphQL schema names the type {0:?}, which it does not have")]
    Missing(String),
    #[error("the GraphQL schema has no field {0:?}, which is given a weight")]
    Weighed(&'static str),
}

#[derive(Deserialize)]
struct IntrospectionAnswer {
    #[serde(rename = "__schema")]
    schema: SchemaText,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SchemaText {
    query_type: Named,
    mutation_type: Option<Named>,
    subscription_type: Option<Named>,
    types: Vec<TypeText>,
    directives: Vec<DirectiveText>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeText {
    kind: TypeKind,
    name: String,
    is_one_of: Option<bool>,
    fields: Option<Vec<FieldText>>,
    input_fields: Option<Vec<InputText>>,
    enum_values: Option<Vec<Named>>,
    interfaces: Option<Vec<Named>>,
    possible_types: Option<Vec<Named>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum TypeKind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
    List,
    NonNull,
}

#[derive(Deserialize)]
struct FieldText {
    name: String,
    #[serde(rename = "type")]
    ty: RefText,
    args: Vec<InputText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InputText {
    name: String,
    default_value: Option<String>,
    #[serde(rename = "type")]
    ty: RefText,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefText {
    kind: TypeKind,
    name: Option<String>,
    of_type: Option<Box<RefText>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DirectiveText {
    name: String,
    locations: Vec<String>,
    is_repeatable: bool,
    args: Vec<InputText>,
}

impl Types {
    /// `weights`: of fields that are long, as `Type.field`.
    pub(crate) fn read<E: Executor>(schema: &E, weights: &[(&'static str, u64)]) -> Result<Self, TypesError> {
        // Introspection reads memory only: it never waits.
        let response = schema.execute(Request::new(EVERYTHING)).now_or_never();
        let response = response.ok_or(TypesError::Silent)?;
        if response.is_err() {
            return Err(TypesError::Silent);
        }

        let answer: IntrospectionAnswer =
            async_graphql::from_value(response.data).map_err(TypesError::Unreadable)?;
        let text = answer.schema;
        let reader = Reader {
            names: (text.types.iter().enumerate())
                .map(|(index, ty)| (ty.name.clone(), TypeId(index)))
                .collect(),
        };
        let query = reader.id(&text.query_type.name)?;
        let mutation = text.mutation_type.map(|ty| reader.id(&ty.name)).transpose()?;
        let subscription = text.subscription_type.map(|ty| reader.id(&ty.name)).transpose()?;
        let mut all = text
            .types
            .into_iter()
            .map(|ty| reader.ty(ty))
            .collect::<Result<Vec<_>, _>>()?;
        if let TypeShape::Object { fields, .. } = &mut all[query.0].shape {
            reader.add_introspection(fields)?;
        }
        for (field, weight) in weights {
            reader.weigh(&mut all, field, *weight)?;
        }

        let directives = text.directives.into_iter().map(|directive| {
            let args = reader.inputs(directive.args)?;
            Ok((
                directive.name,
                Directive {
                    args,
                    locations: directive.locations,
                    repeatable: directive.is_repeatable,
                },
            ))
        });

        let typename = Field {
            args: Vec::new(),
            ty: TypeRef::NonNull(Box::new(TypeRef::Named(reader.id("String")?))),
            weight: 1,
        };

        Ok(Self {
            typename,
            directives: directives.collect::<Result<_, _>>()?,
            names: reader.names,
            old_names: HashMap::new(),
            all,
            query,
            mutation,
            subscription,
        })
    }
}

struct Reader {
    names: HashMap<String, TypeId>,
}

impl Reader {
    fn id(&self, name: &str) -> Result<TypeId, TypesError> {
        let id = self.names.get(name).copied();
        id.ok_or_else(|| TypesError::Missing(name.to_owned()))
    }

    fn ty(&self, text: TypeText) -> Result<Type, TypesError> {
        let fields = || -> Result<HashMap<_, _>, TypesError> {
            let fields = text.fields.unwrap_or_default().into_iter();
            fields.map(|field| self.field(field)).collect()
        };

        let ids = |names: Option<Vec<Named>>| -> Result<Vec<TypeId>, TypesError> {
            let names = names.unwrap_or_default();
            names.iter().map(|one| self.id(&one.name)).collect()
        };

        let shape = match text.kind {
            TypeKind::Object => TypeShape::Object {
                fields: fields()?,
                interfaces: ids(text.interfaces)?,
            },
            TypeKind::Interface => TypeShape::Interface {
                fields: fields()?,
                possible: ids(text.possible_types)?.into_iter().collect(),
            },
            TypeKind::Union => TypeShape::Union {
                possible: ids(text.possible_types)?.into_iter().collect(),
            },
            TypeKind::InputObject => TypeShape::Input {
                fields: self.inputs(text.input_fields.unwrap_or_default())?,
                one_of: text.is_one_of.unwrap_or_default(),
            },
            TypeKind::Enum => {
                let values = text.enum_values.unwrap_or_default();
                TypeShape::Enum(values.into_iter().map(|value| value.name).collect())
            }
            TypeKind::Scalar | TypeKind::List | TypeKind::NonNull => TypeShape::Scalar,
        };

        Ok(Type {
            name: text.name,
            shape,
        })
    }

    fn field(&self, text: FieldText) -> Result<(String, Field), TypesError> {
        let args = self.inputs(text.args)?;
        let ty = self.reference(text.ty)?;
        let field = Field { args, ty, weight: 1 };
        Ok((text.name, field))
    }

    fn weigh(&self, all: &mut [Type], name: &'static str, weight: u64) -> Result<(), TypesError> {
        let found = name.split_once('.').and_then(|(of, field)| {
            let of = &mut all[self.names.get(of)?.0].shape;
            match of {
                TypeShape::Object { fields, .. } | TypeShape::Interface { fields, .. } => {
                    fields.get_mut(field)
                }
                _ => None,
            }
        });
        found.ok_or(TypesError::Weighed(name))?.weight = weight;

        Ok(())
    }

    fn inputs(&self, texts: Vec<InputText>) -> Result<Vec<Input>, TypesError> {
        let inputs = texts.into_iter().map(|text| {
            Ok(Input {
                ty: self.reference(text.ty)?,
                name: text.name,
                default: text.default_value,
            })
        });
        inputs.collect()
    }

    fn reference(&self, text: RefText) -> Result<TypeRef, TypesError> {
        let name = text.name.unwrap_or_default();
        match (text.kind, text.of_type) {
            (TypeKind::List, Some(item)) => Ok(TypeRef::List(Box::new(self.reference(*item)?))),
            (TypeKind::NonNull, Some(inner)) => Ok(TypeRef::NonNull(Box::new(self.reference(*inner)?))),
            _ => Ok(TypeRef::Named(self.id(&name)?)),
        }
    }

    /// The two fields of the query root that introspection does not tell of itself.
    fn add_introspection(&self, fields: &mut HashMap<String, Field>) -> Result<(), TypesError> {
        let schema = Field {
            args: Vec::new(),
            ty: TypeRef::NonNull(Box::new(TypeRef::Named(self.id("__Schema")?))),
            weight: 1,
        };

        let name = Input {
            name: "name".to_owned(),
            ty: TypeRef::NonNull(Box::new(TypeRef::Named(self.id("String")?))),
            default: None,
        };

        let ty = Field {
            args: vec![name],
            ty: TypeRef::Named(self.id("__Type")?),
            weight: 1,
        };
        fields.insert("__schema".to_owned(), schema);
        fields.insert("__type".to_owned(), ty);

        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::tests::types;

    #[test]
    fn the_schema_tells_its_types_those_of_introspection_included() {
        let types = types();
        let query = types.query();
        let stories = types.field(query, "stories").unwrap();

        assert_eq!(types.show(&stories.ty), "StoryConnection!");

        let first = &stories.args[0];
        assert_eq!((first.name.as_str(), first.default.as_deref()), ("first", None));

        let ty = types.field(query, "__type").unwrap();
        assert_eq!(types.show(&ty.ty), "__Type");

        let of = types.find("__Type").unwrap();
        assert_eq!(types.show(&types.field(of, "fields").unwrap().ty), "[__Field!]");
        assert!(
            types.directives["include"]
                .locations
                .contains(&"FIELD".to_owned())
        );
    }

    #[test]
    fn abstract_types_know_what_they_stand_for() {
        let types = types();
        let id = |name| types.find(name).unwrap();
        let (node, story, run, found) = (id("Node"), id("Story"), id("Run"), id("Found"));
        assert!(types.overlap(node, story) && types.overlap(story, node) && types.overlap(node, found));
        assert!(!types.overlap(story, run) && types.overlap(story, story));
    }
}
