//! What the contract says about an answer: its status, headers, media type, body, and the sample's own assertions.

use openapi::{Contract, Media, Operation, Response, Sample};

use super::answer::Answer;
use super::assertion;

/// What the finding of another status begins with.
pub const EXPECTED_STATUS: &str = "expected status";

/// One thing that an answer got wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was expected, and what came.
    pub message: String,
    /// Where the contract says so.
    pub location: httpfile::Location,
}

/// Everything that is wrong with the answer to a sample; empty when the server keeps the contract. `text` replaces the
/// variables of a text.
pub fn judge(contract: &Contract, sample: &Sample, answer: &Answer, text: impl Fn(&str) -> String) -> Vec<Finding> {
    let mut findings = Vec::new();
    if answer.status != sample.expect {
        let message = format!("{EXPECTED_STATUS} {}, got {}", sample.expect, answer.status);
        findings.push(Finding { message, location: sample.location });
    }
    if let Some(operation) = contract.operations.iter().find(|operation| operation.id == sample.operation) {
        findings.extend(if operation.method == sample.request.method {
            declared(contract, operation, answer)
        } else {
            allowed(contract, operation, answer)
        });
    }
    // Assertions are about the answer that was expected; on another one they would only add noise.
    if answer.status == sample.expect {
        findings.extend(sample.assertions.iter().filter_map(|assertion| {
            let found = answer.find(&assertion.subject);
            let predicate = assertion::resolved(&assertion.predicate, found.as_ref(), &text);
            let message = assertion::check(answer, &assertion.subject, &predicate)?;
            Some(Finding { message, location: assertion.location })
        }));
    }
    findings
}

/// What the operation's declaration of the status says about the answer.
pub fn declared(contract: &Contract, operation: &Operation, answer: &Answer) -> Vec<Finding> {
    let Some(response) = operation.responses.iter().find(|response| response.status == answer.status) else {
        let known: Vec<_> = operation.responses.iter().map(|response| response.status.to_string()).collect();
        let message = format!(
            "the status {} is not declared for {}; declared are {}",
            answer.status,
            operation.id,
            known.join(", ")
        );
        return vec![Finding { message, location: operation.location }];
    };
    let mut findings = headers(contract, response, answer);
    findings.extend(body(contract, response, answer));
    findings
}

/// What HTTP says about the answer to a method that a path does not have: it names those that the path has.
fn allowed(contract: &Contract, operation: &Operation, answer: &Answer) -> Vec<Finding> {
    let named = |method: &str| {
        answer.header("allow").unwrap_or_default().split(',').any(|name| name.trim().eq_ignore_ascii_case(method))
    };
    let of_path = contract.operations.iter().filter(|other| other.path == operation.path);
    let missing = of_path.filter(|other| answer.status == 405 && !named(&other.method));
    let finding = |missing: &Operation| Finding {
        message: format!("the header Allow does not name {}", missing.method),
        location: missing.location,
    };
    missing.map(finding).collect()
}

fn headers(contract: &Contract, response: &Response, answer: &Answer) -> Vec<Finding> {
    let mut findings = Vec::new();
    for header in &response.headers {
        if header.required && answer.header(&header.name).is_none() {
            let message = format!("the header {} is missing", header.name);
            findings.push(Finding { message, location: header.location });
        }
        for text in answer.headers(&header.name) {
            let value = contract.value_of_text(&header.schema, text);
            for mismatch in contract.mismatches(&header.schema, &value) {
                let message = format!("the header {}: {}", header.name, mismatch.message);
                findings.push(Finding { message, location: header.location });
            }
        }
    }
    findings
}

fn body(contract: &Contract, response: &Response, answer: &Answer) -> Vec<Finding> {
    let finding = |message: String, location| vec![Finding { message, location }];
    let Some(content) = &response.content else {
        return if answer.body.is_empty() {
            Vec::new()
        } else {
            finding(format!("no body is declared, got {} bytes", answer.body.len()), response.location)
        };
    };
    let expected = match &content.media {
        Media::Json(_) => "application/json",
        Media::Binary => "application/octet-stream",
    };
    let media = answer.media_type().unwrap_or_else(|| "none".to_owned());
    if media != expected {
        return finding(format!("expected content type {expected}, got {media}"), content.location);
    }
    let Media::Json(schema) = &content.media else { return Vec::new() };
    let Some(value) = answer.json() else {
        return finding("the body is not JSON".to_owned(), content.location);
    };
    contract
        .mismatches(schema, &value)
        .into_iter()
        .map(|mismatch| Finding { message: mismatch.to_string(), location: mismatch.location })
        .collect()
}
