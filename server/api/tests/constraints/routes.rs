//! Paths that Dropshot cannot lay side by side.

use crate::stub::{answer, serve};

#[tokio::test]
async fn a_literal_segment_wins_over_a_variable_one() {
    let server = serve().await;
    for (path, operation) in [
        ("/things", "listThings"),
        ("/things/7", "getThing 7"),
        ("/things/report", "getReport"),
        ("/things/%72eport", "getReport"),
        ("/things/reports", "getThing reports"),
        ("/things/7/parts", "listParts 7"),
        ("/things/report/parts", "listParts report"),
        ("/things/report/pages", "listPages"),
        ("/things/7/parts/8", "getPart 7 8"),
        ("/things/7/parts/a%2Fb", "getPart 7 a/b"),
        ("/a/1", "getA 1"),
        ("/a/literal/2", "getLiteral 2"),
        ("/a/literal", "getA literal"),
        ("/a/1/c", "getC 1"),
        ("/a/literal/c", "getLiteral c"),
    ] {
        assert_eq!(server.get(path).await, (200, operation.into()), "{path}");
    }
}

#[tokio::test]
async fn a_path_without_the_method_is_405_and_one_that_is_not_there_404() {
    let server = serve().await;
    let request = |method, path: &str| server.client.request(method, server.url(path));
    use reqwest::Method;
    assert_eq!(answer(request(Method::DELETE, "/things/7")).await, (200, "deleteThing 7".into()));
    let (status, body) = answer(request(Method::DELETE, "/things/report")).await;
    assert_eq!((status, body["code"].as_str()), (405, Some("METHOD_NOT_ALLOWED")));
    let (status, body) = server.get("/things/7/pages").await;
    assert_eq!((status, body["code"].as_str()), (404, Some("NOT_FOUND")));
    assert_eq!(answer(request(Method::PUT, "/things/7/parts/first")).await, (200, "putFirstPart 7".into()));
    assert_eq!(answer(request(Method::PUT, "/things/7/parts/second")).await.0, 405);
    assert_eq!(server.get("/things/7/parts/first").await.0, 405);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_answered_with_those_that_it_has() {
    use reqwest::Method;
    let server = serve().await;
    for (method, path, allowed) in [
        (Method::GET, "/list", "OPTIONS, POST"),
        (Method::HEAD, "/list", "OPTIONS, POST"),
        (Method::TRACE, "/list", "OPTIONS, POST"),
        (Method::PATCH, "/things/7", "DELETE, GET, OPTIONS"),
        (Method::DELETE, "/things/report", "GET, OPTIONS"),
        (Method::PATCH, "/things/report", "GET, OPTIONS"),
        (Method::PUT, "/things/7/parts/8", "GET, OPTIONS"),
        (Method::DELETE, "/things/7/parts/first", "OPTIONS, PUT"),
    ] {
        let answer = server.client.request(method.clone(), server.url(path)).send().await.unwrap();
        let answered = (answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap());
        assert_eq!(answered, (405, allowed), "{method} {path}");
        let offer = server.client.request(Method::OPTIONS, server.url(path)).send().await.unwrap();
        let offered = (offer.status().as_u16(), offer.headers()["allow"].to_str().unwrap());
        assert_eq!(offered, (204, allowed), "OPTIONS {path}");
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        if method != Method::HEAD {
            let body: serde_json::Value = answer.json().await.unwrap();
            assert_eq!((&body["code"], &body["requestId"]), (&"METHOD_NOT_ALLOWED".into(), &id.into()), "{body}");
        }
    }
    assert_eq!(answer(server.client.request(Method::OPTIONS, server.url("/things/7/pages"))).await.0, 404);
    let (status, body) = answer(server.client.patch(server.url("/things/7/pages"))).await;
    assert_eq!((status, body["code"].as_str()), (404, Some("NOT_FOUND")));
}

#[tokio::test]
async fn what_the_contract_does_not_know_is_answered_by_dropshot() {
    let server = serve().await;
    let brew = reqwest::Method::from_bytes(b"BREW").unwrap();
    for (method, path, status) in [(reqwest::Method::GET, "/nowhere", 404), (brew, "/list", 405)] {
        let (answered, body) = answer(server.client.request(method, server.url(path))).await;
        assert_eq!(answered, status);
        assert!(body["request_id"].is_string() && body["message"].is_string(), "{body}");
    }
}
