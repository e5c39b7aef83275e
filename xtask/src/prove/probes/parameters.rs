//! Values in the path, in the query and in headers.

use openapi::{Kind, Parameter, ParameterPlace, Request};
use serde_json::{Value, json};

use super::lists::{full, miscounted};
use super::values::{Variant, unknown};
use super::{Aim, Probes, place, plausible};
use crate::prove::answer::plain;
use crate::prove::rules::Undeclared;

const NO_VALUE: &str = "no request shows a value, and none that is allowed comes to mind";

impl Probes<'_> {
    pub(super) fn parameter(&mut self, parameter: &Parameter) {
        let name = &parameter.name;
        let is_path = parameter.place == ParameterPlace::Path;
        // A path says which resource is meant: at its bounds there is another one, or none.
        let apart = match self.aim {
            Aim::Refused => false,
            Aim::Taken => is_path,
            Aim::Understood => !is_path,
        };
        if apart {
            return;
        }
        let given = parameter.required || !self.written(parameter).is_empty();
        if let Some(absence) = self.absence(parameter.required).filter(|_| given && !is_path) {
            let request = self.with_parameter(parameter, None);
            self.vary(&format!("`{name}` {absence}"), parameter.location, request);
        }
        if is_path && self.aim == Aim::Refused {
            let unknown = unknown(self.contract, &parameter.schema);
            let request = unknown.and_then(|unknown| self.with_parameter(parameter, Some(&unknown)));
            self.expect(&format!("`{name}` is unknown"), parameter.location, &[404], request);
        }
        match self.valid(parameter) {
            Some(valid) => self.values(parameter, &valid),
            None => self.gap(&format!("the constraints of `{name}`"), parameter.location, NO_VALUE),
        }
    }

    /// Other values of a parameter, and of the first item where it is a list.
    fn values(&mut self, parameter: &Parameter, valid: &Value) {
        let (name, schema) = (&parameter.name, &parameter.schema);
        let written = self.written(parameter);
        // What a variable holds when the request is sent is not known here.
        let is_sent = !written.is_empty() && !written.iter().any(|text| text.contains("{{"));
        let mut variants = self.variants(schema, valid, is_sent.then_some(valid), false);
        variants.extend(match self.aim {
            Aim::Refused => miscounted(self.contract, schema, valid),
            Aim::Taken | Aim::Understood => full(self.contract, schema, valid, &Value::clone),
        });
        self.send(parameter, &format!("`{name}`"), variants, |value| value);
        if let (Kind::Array { items, .. }, Value::Array(values)) = (&self.contract.resolve(schema).kind, valid)
            && let Some(first) = values.first()
        {
            let variants = self.variants(items, first, is_sent.then_some(first), false);
            let others = &values[1..];
            self.send(parameter, &format!("`{name}[0]`"), variants, |value| {
                json!([std::slice::from_ref(&value), others].concat())
            });
        }
    }

    fn send(&mut self, parameter: &Parameter, name: &str, variants: Vec<Variant>, whole: impl Fn(Value) -> Value) {
        for Variant { what, value } in variants {
            // An empty list travels as nothing at all, which another request shows.
            if value.as_ref().is_ok_and(|value| value.as_array().is_some_and(Vec::is_empty)) {
                continue;
            }
            let request = value.and_then(|value| self.with_parameter(parameter, Some(&whole(value))));
            self.vary(&format!("{name} {what}"), parameter.location, request);
        }
    }

    /// The texts of a parameter in the primary request, as they stand there.
    fn written(&self, parameter: &Parameter) -> Vec<String> {
        let (request, name) = (&self.primary.request, &parameter.name);
        match parameter.place {
            ParameterPlace::Path => place::path_value(&request.url, &self.operation.path, name).into_iter().collect(),
            ParameterPlace::Query => place::query_values(&request.url, name),
            ParameterPlace::Header => place::header_value(request, name).into_iter().collect(),
        }
    }

    /// A value of a parameter that is allowed: as the request has it, else any.
    fn valid(&self, parameter: &Parameter) -> Option<Value> {
        let read = match parameter.place {
            ParameterPlace::Path => place::decoded,
            ParameterPlace::Query => place::decoded_query,
            ParameterPlace::Header => str::to_owned,
        };
        // What a variable holds stands in the URL as it is, so that it is decoded with the rest.
        let texts: Vec<String> =
            self.written(parameter).iter().map(|text| read(&self.primary.example_text(text))).collect();
        let contract = self.contract;
        let made = || {
            let word = &self.operation.id;
            plausible(contract, &parameter.schema, word)
                .or_else(|| crate::mock::possible(contract, &parameter.schema, word))
        };
        match &contract.resolve(&parameter.schema).kind {
            _ if texts.is_empty() => parameter.example.clone().or_else(made),
            // Only a query can hold a list.
            Kind::Array { items, .. } => Some(texts.iter().map(|text| contract.value_of_text(items, text)).collect()),
            _ => texts.first().map(|text| contract.value_of_text(&parameter.schema, text)),
        }
    }

    fn with_parameter(&self, parameter: &Parameter, value: Option<&Value>) -> Result<Request, &'static str> {
        let (request, name) = (&self.primary.request, &parameter.name);
        match (parameter.place, value) {
            (ParameterPlace::Path, Some(value)) => place::with_path(request, &self.operation.path, name, value),
            (ParameterPlace::Path, None) => Err("without it the path is another one"),
            (ParameterPlace::Query, value) => Ok(place::with_query(request, name, value)),
            (ParameterPlace::Header, value) => place::with_header(request, name, value.map(plain).as_deref()),
        }
    }

    /// A parameter that the contract does not have, where those are refused.
    pub(super) fn query(&mut self) {
        if self.aim == Aim::Refused && self.rules.undeclared.contains(&Undeclared::Query) {
            let request = place::with_query(&self.primary.request, "undeclared", Some(&json!("1")));
            self.vary("a query parameter that is not declared", self.operation.location, Ok(request));
        }
    }
}
