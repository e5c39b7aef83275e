//! What a body must be.

use reqwest::Method;
use serde_json::json;

use crate::support::raw::Raw;
use crate::support::scene::Scene;
use crate::support::world::SESSIONS;

#[tokio::test]
async fn bodies_of_another_type_are_415_for_every_operation_that_takes_one() {
    let scene = Scene::new().await;
    let parts = json!({ "parts": [{ "partNumber": 1, "etag": "x" }] });
    let bodies = [json!({ "files": [{ "key": "a", "size": 5 }] }), json!({ "key": "a", "size": 5 }), parts];
    for (path, body) in scene.json_paths().into_iter().zip(bodies) {
        let body = body.to_string();
        for refused in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/octet-stream",
            "application/xml",
            "application/json-patch+json",
            "application/problem+json",
            "application/json; charset=latin1",
            "application/json; charset=utf-16",
            "text/json",
            "json",
            "nonsense",
            "*/*",
            "",
        ] {
            let request = scene.ada.request(Method::POST, &path).header("content-type", refused).body(body.clone());
            let answer = scene.ada.send(request).await;
            assert_eq!((path.as_str(), refused, answer.status), (path.as_str(), refused, 415), "{:#}", answer.body);
            answer.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
        }
        let head = scene.head("POST", &path);
        let without = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        scene.refused_raw("a body without a type", &[415], without).await;
        let twice = "Content-Type: application/json\r\nContent-Type: text/plain\r\n";
        let twice = format!("{head}{twice}Content-Length: {}\r\n\r\n{body}", body.len());
        scene.refused_raw("a body with two types", &[400, 415], twice).await;
        let request = scene.ada.request(Method::POST, &path).header("content-type", "application/json");
        let encoded = scene.ada.send(request.header("content-encoding", "gzip").body(body.clone())).await;
        encoded.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    for refused in ["text/plain", "application/json", "image/png", "nonsense", ""] {
        let request = scene.ada.request(Method::PUT, &scene.part_path()).header("content-type", refused);
        scene.ada.send(request.body("hello")).await.expect_error(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn a_type_may_be_written_in_every_way_that_means_the_same() {
    let scene = Scene::new().await;
    let body = json!({ "files": [{ "key": "a", "size": 5 }] }).to_string();
    for accepted in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; charset=utf-8",
        "application/json; version=1",
    ] {
        let request = scene.ada.request(Method::POST, SESSIONS).header("content-type", accepted).body(body.clone());
        let answer = scene.ada.send(request).await;
        assert_eq!((accepted, answer.status), (accepted, 201), "{:#}", answer.body);
    }
    for accepted in ["application/octet-stream", "APPLICATION/OCTET-STREAM", "application/octet-stream; x=y"] {
        let request = scene.ada.request(Method::PUT, &scene.part_path()).header("content-type", accepted);
        scene.ada.send(request.body("hello")).await.expect(200);
    }
    // Bytes without a type are bytes (RFC 9110, 8.3).
    let mut raw = Raw::connect(&scene.world.base).await;
    raw.send(format!("{}Content-Length: 5\r\n\r\nhello", scene.head("PUT", &scene.part_path()))).await;
    let (status, text) = raw.answer().await;
    assert_eq!(status, 200, "{text}");
    scene.world.close().await;
}
