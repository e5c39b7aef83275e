//! Who calls, and by which method.

use openapi::{Operation, Request};

use super::{Probes, place};

/// No scheme takes these words.
const NONSENSE: [(&str, &str); 2] = [("bearer", "Bearer nonsense"), ("basic", "Basic bm9uc2Vuc2U6bm9uc2Vuc2U=")];
/// Methods of HTTP, those first that nobody sends by mistake.
const METHODS: [&str; 5] = ["PATCH", "PUT", "DELETE", "POST", "GET"];
const NO_TOKEN: &str = "the request has no token that could be changed";
const NO_VALUE: &str = "the variable has no value here; give it with --var";

impl Probes<'_> {
    /// Without a token, with one that is none, was changed or is not signed, with those that are to be refused, and with one
    /// that lacks a role.
    pub(super) fn access(&mut self) {
        let Some(security) = self.operation.security.as_ref() else { return };
        let scheme = self.contract.security_schemes.iter().find(|known| Some(&known.name) == security.scheme.as_ref());
        let Some(scheme) = scheme else { return };
        let (location, request) = (security.location, &self.primary.request);
        let with = |text: &str| place::with_header(request, "Authorization", Some(text));
        let without = place::with_header(request, "Authorization", None);
        self.expect("without a token", location, &[401], without);
        let nonsense = NONSENSE.iter().find(|(name, _)| scheme.scheme.eq_ignore_ascii_case(name));
        if let Some((_, text)) = nonsense {
            self.expect("with a token that is none", location, &[401], with(text));
        }
        let token = place::header_value(request, "Authorization").ok_or(NO_TOKEN);
        // The signature of a signed token comes last, so that more text makes another one of it.
        let changed = token.clone().and_then(|token| with(&format!("{token}AAAA")));
        self.expect("with a token that was changed", location, &[401], changed);
        if scheme.bearer_format.as_deref().is_some_and(|format| format.eq_ignore_ascii_case("jwt")) {
            let unsigned = token.and_then(|token| with(&format!("Bearer {}", unsigned(&token)?)));
            self.expect("with a token that nobody has signed", location, &[401], unsigned);
        }
        for variable in &self.rules.refused_tokens {
            let known = self.has_value(variable).then_some(()).ok_or(NO_VALUE);
            let refused = known.and_then(|()| with(&format!("Bearer {{{{{variable}}}}}")));
            self.expect(&format!("with the token `{variable}`"), location, &[401], refused);
        }
        if !security.roles.is_empty() {
            let lesser = self.lesser_token().ok_or("no request of the contract shows a token without the role");
            self.expect("without the role", location, &[403], lesser.and_then(|text| with(&text)));
        }
    }

    /// Whether a variable stands for something when the probes are sent.
    fn has_value(&self, variable: &String) -> bool {
        let earlier = self.contract.samples.iter().take_while(|sample| sample.location != self.primary.location);
        let captured =
            || earlier.flat_map(|sample| &sample.captures).any(|capture| capture.variable.value == *variable);
        self.rules.given.contains(variable) || self.primary.variables.contains_key(variable) || captured()
    }

    /// What a caller without roles presents, as another request of the contract writes it.
    fn lesser_token(&self) -> Option<String> {
        let roleless = |operation: &&Operation| {
            operation.security.as_ref().is_some_and(|security| security.scheme.is_some() && security.roles.is_empty())
        };
        let operation = self.contract.operations.iter().find(roleless)?;
        let sample = self.contract.samples.iter().find(|s| s.primary && s.operation == operation.id)?;
        place::header_value(&sample.request, "Authorization")
    }

    /// By a method that the path does not have, once for each path. What happens then is not the contract's to say, but HTTP's.
    pub(super) fn method(&mut self) {
        let of_path = || self.contract.operations.iter().filter(|other| other.path == self.operation.path);
        if of_path().next().is_none_or(|first| first.id != self.operation.id) {
            return;
        }
        if let Some(method) = METHODS.iter().find(|method| of_path().all(|operation| operation.method != **method)) {
            let request = Request { method: (*method).to_owned(), ..self.primary.request.clone() };
            self.add("by a method that the path does not have", self.operation.location, 405, Ok(request));
        }
    }
}

/// The variable that stands for the same claims without a signature.
fn unsigned(authorization: &str) -> Result<String, &'static str> {
    let token = authorization.split_once(' ').map_or(authorization, |(_, token)| token.trim());
    let name = token.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    name.map(|name| format!("{{{{{} {name}}}}}", crate::prove::values::UNSIGNED))
        .ok_or("the token is not a variable alone")
}
