//! A server that answers every operation of the fixture with what it was asked.

use std::collections::BTreeMap;
use std::time::Duration;

use dropshot::{ConfigDropshot, HttpServer, RequestContext, ServerBuilder};
use futures::StreamExt;
use server_api::{ApiContext, ApiFailure, ApiSettings, SecurityRequirement};

use crate::generated::operations::*;
use crate::generated::types::Colour;
use crate::generated::{ConstraintsApi, api_description};

pub struct State {
    settings: ApiSettings,
}

impl ApiContext for State {
    fn settings(&self) -> &ApiSettings {
        &self.settings
    }
}

pub struct Stub;

type Context = RequestContext<State>;

impl ConstraintsApi for Stub {
    type Context = State;
    type Caller = String;

    async fn authenticate(rqctx: &Context, requirement: &'static SecurityRequirement) -> Result<String, ApiFailure> {
        assert_eq!(
            (requirement.operation, requirement.schemes, requirement.roles),
            ("getSecret", &["bearer"][..], &["admin"][..])
        );
        match rqctx.request.headers().get("authorization").and_then(|value| value.to_str().ok()) {
            Some("Bearer admin") => Ok("admin".to_owned()),
            Some(_) => Err(ApiFailure::forbidden("the role `admin` is needed")),
            None => Err(ApiFailure::unauthorized("a token is needed")),
        }
    }

    async fn post_everything(
        _: &Context,
        request: post_everything::Request,
    ) -> Result<post_everything::Response, ApiFailure> {
        Ok(post_everything::Response::Ok(request.body))
    }

    async fn self_(_: &Context, request: self_::Request) -> Result<self_::Response, ApiFailure> {
        let headers = self_::OkHeaders { x_rate_limit: request.input, x_rate_limit2: request.self_ };
        Ok(self_::Response::Ok(request.body, headers))
    }

    async fn post_list(_: &Context, _: post_list::Request) -> Result<post_list::Response, ApiFailure> {
        Ok(post_list::Response::NoContent)
    }

    async fn match_(_: &Context, _: match_::Request) -> Result<match_::Response, ApiFailure> {
        Ok(match_::Response::NoContent)
    }

    async fn get_parameters(
        _: &Context,
        request: get_parameters::Request,
    ) -> Result<get_parameters::Response, ApiFailure> {
        if request.text == "429" {
            let body = crate::generated::types::Problem {
                code: "TOO_MANY".to_owned(),
                message: "slow down".to_owned(),
                request_id: String::new(),
            };
            let headers = get_parameters::TooManyRequestsHeaders { retry_after: 7 };
            return Ok(get_parameters::Response::TooManyRequests(body, headers));
        }
        let mut seen = BTreeMap::new();
        seen.insert("id".to_owned(), request.id.to_string());
        seen.insert("text".to_owned(), request.text);
        seen.insert("number".to_owned(), request.number.to_string());
        seen.insert("many".to_owned(), format!("{:?}", request.many));
        seen.insert("joined".to_owned(), format!("{:?}", request.joined));
        seen.insert("since".to_owned(), format!("{:?}", request.since));
        seen.insert("flag".to_owned(), format!("{:?}", request.flag));
        seen.insert("depth".to_owned(), request.x_depth.to_string());
        let headers = get_parameters::OkHeaders {
            x_text: seen.get("text").cloned(),
            x_count: 3,
            x_colour: Some(Colour::DarkGreen),
            last_seen: request.since,
        };
        Ok(get_parameters::Response::Ok(seen, headers))
    }

    async fn put_bytes(_: &Context, mut request: put_bytes::Request) -> Result<put_bytes::Response, ApiFailure> {
        let mut size = 0;
        while let Some(chunk) = request.body.next().await {
            size += chunk?.len() as i64;
        }
        Ok(put_bytes::Response::Ok(size))
    }

    async fn get_bytes(_: &Context, request: get_bytes::Request) -> Result<get_bytes::Response, ApiFailure> {
        Ok(get_bytes::Response::PartialContent(request.name.into()))
    }

    async fn get_secret(
        _: &Context,
        caller: String,
        _: get_secret::Request,
    ) -> Result<get_secret::Response, ApiFailure> {
        Ok(get_secret::Response::Ok(caller))
    }

    async fn get_failure(_: &Context, request: get_failure::Request) -> Result<get_failure::Response, ApiFailure> {
        match request.kind.as_str() {
            "internal" => Err(ApiFailure::internal("the password is hunter2")),
            "unavailable" => Err(ApiFailure::unavailable("no database", 5)),
            "missing" => Err(ApiFailure::not_found("there is no such thing").with_code("NO_THING")),
            "panic" => panic!("on purpose"),
            _ => Ok(get_failure::Response::NoContent),
        }
    }

    async fn list_things(_: &Context, _: list_things::Request) -> Result<list_things::Response, ApiFailure> {
        Ok(list_things::Response::Ok("listThings".to_owned()))
    }

    async fn get_thing(_: &Context, request: get_thing::Request) -> Result<get_thing::Response, ApiFailure> {
        Ok(get_thing::Response::Ok(format!("getThing {}", request.thing_id)))
    }

    async fn delete_thing(_: &Context, request: delete_thing::Request) -> Result<delete_thing::Response, ApiFailure> {
        Ok(delete_thing::Response::Ok(format!("deleteThing {}", request.thing_id)))
    }

    async fn get_report(_: &Context, _: get_report::Request) -> Result<get_report::Response, ApiFailure> {
        Ok(get_report::Response::Ok("getReport".to_owned()))
    }

    async fn list_parts(_: &Context, request: list_parts::Request) -> Result<list_parts::Response, ApiFailure> {
        Ok(list_parts::Response::Ok(format!("listParts {}", request.thing)))
    }

    async fn list_pages(_: &Context, _: list_pages::Request) -> Result<list_pages::Response, ApiFailure> {
        Ok(list_pages::Response::Ok("listPages".to_owned()))
    }

    async fn get_part(_: &Context, request: get_part::Request) -> Result<get_part::Response, ApiFailure> {
        Ok(get_part::Response::Ok(format!("getPart {} {}", request.thing_id, request.thing_id2)))
    }

    async fn put_first_part(
        _: &Context,
        request: put_first_part::Request,
    ) -> Result<put_first_part::Response, ApiFailure> {
        Ok(put_first_part::Response::Ok(format!("putFirstPart {}", request.thing_id)))
    }

    async fn get_a(_: &Context, request: get_a::Request) -> Result<get_a::Response, ApiFailure> {
        Ok(get_a::Response::Ok(format!("getA {}", request.id)))
    }

    async fn get_literal(_: &Context, request: get_literal::Request) -> Result<get_literal::Response, ApiFailure> {
        Ok(get_literal::Response::Ok(format!("getLiteral {}", request.id)))
    }

    async fn get_c(_: &Context, request: get_c::Request) -> Result<get_c::Response, ApiFailure> {
        Ok(get_c::Response::Ok(format!("getC {}", request.other)))
    }
}

/// The stub behind a free port.
pub struct Served {
    pub server: HttpServer<State>,
    pub base: String,
    pub client: reqwest::Client,
}

/// Limits that a test can reach.
pub fn small_limits() -> ApiSettings {
    ApiSettings {
        max_body_bytes: 2000,
        max_stream_bytes: 3000,
        body_read_timeout: Duration::from_millis(200),
        chunk_timeout: Duration::from_millis(200),
        cors_origins: Vec::new(),
    }
}

pub async fn serve_with(settings: ApiSettings) -> Served {
    let log = slog::Logger::root(slog::Discard, slog::o!());
    let api = api_description::<Stub>().unwrap();
    let config = ConfigDropshot { bind_address: "127.0.0.1:0".parse().unwrap(), ..ConfigDropshot::default() };
    let server = ServerBuilder::new(api, State { settings }, log).config(config).start().unwrap();
    let base = format!("http://{}", server.local_addr());
    Served { server, base, client: reqwest::Client::new() }
}

pub async fn serve() -> Served {
    serve_with(ApiSettings::default()).await
}

impl Served {
    pub async fn post(&self, path: &str, body: &str) -> (u16, serde_json::Value) {
        let request = self.client.post(self.url(path)).header("content-type", "application/json").body(body.to_owned());
        answer(request).await
    }

    pub async fn get(&self, path: &str) -> (u16, serde_json::Value) {
        answer(self.client.get(self.url(path))).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

pub async fn answer(request: reqwest::RequestBuilder) -> (u16, serde_json::Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
}

/// The violations of a 422 as `path: message`.
pub fn told(answer: &(u16, serde_json::Value)) -> Vec<String> {
    let (status, body) = answer;
    assert_eq!(*status, 422, "{body}");
    assert_eq!(body["code"], "VALIDATION_ERROR");
    assert!(body["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{body}");
    let violations = body["violations"].as_array().unwrap();
    violations
        .iter()
        .map(|one| format!("{}: {}", one["path"].as_str().unwrap(), one["message"].as_str().unwrap()))
        .collect()
}
