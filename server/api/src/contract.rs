//! What the contract says, as data: the schemas, and the parameters, bodies and responses of each operation.
//!
//! The checks that run on every request are generated code. This data serves what is not in a hurry: telling every
//! rule that a refused request breaks, reading parameters, and Dropshot's own document.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

/// The contract of all operations.
#[derive(Debug)]
pub struct Contract {
    operations: BTreeMap<String, OperationContract>,
}

/// What one operation takes and gives.
#[derive(Debug, Default)]
pub struct OperationContract {
    /// Its parameters, in the order of the contract.
    pub parameters: Vec<ParameterContract>,
    /// Its request body, when it has one.
    pub body: Option<BodyContract>,
    /// Its responses by status.
    pub responses: BTreeMap<u16, ResponseContract>,
    /// The named schemas that the others refer to.
    pub components: Arc<Components>,
}

/// The named schemas, and the regular expressions of all patterns.
#[derive(Debug, Default)]
pub struct Components {
    /// Schemas by name.
    pub schemas: IndexMap<String, Value>,
    patterns: BTreeMap<String, Regex>,
}

/// A parameter.
#[derive(Clone, Debug, Deserialize)]
pub struct ParameterContract {
    /// Its name in the contract.
    pub name: String,
    /// Where it stands.
    #[serde(rename = "in")]
    pub location: Location,
    /// Whether every request has it.
    pub required: bool,
    /// What it is for.
    pub description: Option<String>,
    /// What it may be.
    pub schema: Value,
    /// Whether the items of a list are repeated parameters (`a=1&a=2`) or one value (`a=1,2`).
    #[serde(default)]
    pub explode: bool,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// A segment of the path.
    Path,
    /// The query string.
    Query,
    /// A request header.
    Header,
}

/// A request body.
#[derive(Clone, Debug, Deserialize)]
pub struct BodyContract {
    /// `application/json` or `application/octet-stream`.
    pub media: String,
    /// What it may be.
    pub schema: Value,
}

/// A response.
#[derive(Clone, Debug, Deserialize)]
pub struct ResponseContract {
    /// What it is for.
    pub description: String,
    /// Its media type, when it has a body.
    pub media: Option<String>,
    /// What its body may be.
    pub schema: Option<Value>,
    /// Its headers by name.
    #[serde(default)]
    pub headers: IndexMap<String, HeaderContract>,
}

/// A response header.
#[derive(Clone, Debug, Deserialize)]
pub struct HeaderContract {
    /// What it is for.
    pub description: Option<String>,
    /// Whether every such response has it.
    pub required: bool,
    /// What it may be.
    pub schema: Value,
}

#[derive(Deserialize)]
struct ContractText {
    schemas: IndexMap<String, Value>,
    patterns: BTreeMap<String, String>,
    operations: BTreeMap<String, OperationText>,
}

#[derive(Deserialize)]
struct OperationText {
    parameters: Vec<ParameterContract>,
    body: Option<BodyContract>,
    responses: BTreeMap<u16, ResponseContract>,
}

impl Contract {
    /// Reads the contract that was generated with the code.
    ///
    /// # Panics
    /// When the text is not what the generator writes.
    #[must_use]
    pub fn read(text: &str) -> Self {
        #[expect(clippy::expect_used, reason = "the generator wrote the text, and the first start reads it")]
        let text: ContractText = serde_json::from_str(text).expect("the generator writes what is read here");
        let patterns = text.patterns.into_iter().map(|(contract, rust)| (contract, pattern(&rust))).collect();
        let components = Arc::new(Components { schemas: text.schemas, patterns });
        let operations = text.operations.into_iter().map(|(id, operation)| {
            let OperationText { parameters, body, responses } = operation;
            (id, OperationContract { parameters, body, responses, components: Arc::clone(&components) })
        });
        Self { operations: operations.collect() }
    }

    /// The contract of one operation.
    ///
    /// # Panics
    /// When there is none of this id; the generator writes both.
    #[must_use]
    pub fn operation(&self, id: &str) -> &OperationContract {
        #[expect(clippy::expect_used, reason = "the generator wrote both, and the start names every operation")]
        self.operations.get(id).expect("the generator writes every operation that it names")
    }
}

impl OperationContract {
    /// The contract of a route that only decides which operation is meant: its variables are any text.
    #[must_use]
    pub fn of_variables(names: &[&str]) -> Self {
        let parameters = names.iter().map(|name| ParameterContract {
            name: (*name).to_owned(),
            location: Location::Path,
            required: true,
            description: None,
            schema: serde_json::json!({ "type": "string" }),
            explode: false,
        });
        Self { parameters: parameters.collect(), ..Self::default() }
    }

    /// The parameter of this name at this place.
    #[must_use]
    pub fn parameter(&self, location: Location, name: &str) -> Option<&ParameterContract> {
        self.parameters.iter().find(|parameter| parameter.location == location && parameter.name == name)
    }
}

impl Components {
    /// The schema that a `$ref` names, through any number of them, and whether `null` is allowed on the way.
    #[must_use]
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> (&'a Value, bool) {
        let mut nullable = schema["nullable"] == Value::Bool(true);
        let mut schema = schema;
        while let Some(next) = self.referred(schema) {
            schema = next;
            nullable |= schema["nullable"] == Value::Bool(true);
        }
        (schema, nullable)
    }

    fn referred<'a>(&'a self, schema: &'a Value) -> Option<&'a Value> {
        if let Some(only) = schema["allOf"].get(0) {
            return Some(only);
        }
        let name = schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")?;
        self.schemas.get(name)
    }

    /// The compiled form of a pattern of the contract.
    #[must_use]
    pub fn pattern(&self, pattern: &str) -> Option<&Regex> {
        self.patterns.get(pattern)
    }
}

/// Compiles a pattern that the generator has translated and compiled before.
///
/// # Panics
/// When it is no regular expression.
#[must_use]
pub fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the generator has compiled it")]
    Regex::new(text).expect("the generator compiles every pattern that it writes")
}
