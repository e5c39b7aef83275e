//! Requests that nobody should send: each gets a 4xx in the shape of all errors, soon, and changes nothing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::raw::Raw;
use crate::support::scene::Scene;
use crate::support::world::SESSIONS;

#[tokio::test]
async fn texts_with_anything_in_them() {
    let scene = Scene::new().await;
    for text in ["\u{0}", "a\u{1}b", "\u{7f}", "line\nbreak", "", &"x".repeat(513), &"ä".repeat(600)] {
        scene.refused(SESSIONS, json!({ "files": [{ "key": text, "size": 5 }] }).to_string()).await;
        scene.refused(&scene.json_paths()[1], json!({ "key": text, "size": 5 }).to_string()).await;
    }
    for hash in ["", "g".repeat(64).as_str(), &"A".repeat(64), &"a".repeat(63), &"a".repeat(65), "\u{0}"] {
        scene.refused(SESSIONS, json!({ "files": [{ "key": "a", "size": 5, "hash": hash }] }).to_string()).await;
    }
    for media in ["", "text", "text/plain; charset=utf-8", "text/\u{0}", &format!("a/{}", "b".repeat(300))] {
        scene.refused(&scene.json_paths()[1], json!({ "key": "a", "size": 5, "contentType": media }).to_string()).await;
    }
    let huge = format!(r#"{{"files":[{{"key":"{}","size":5}}]}}"#, "x".repeat(10_000_000));
    scene.refused(SESSIONS, huge).await;
    scene.refused(SESSIONS, r#"{"files":[{"key":"\ud800","size":5}]}"#).await;
    scene.unchanged().await;
}

#[tokio::test]
async fn names_that_look_dangerous_are_only_names() {
    let scene = Scene::new().await;
    let session = scene.ada.session().await;
    for key in
        ["../../etc/passwd", "\u{202e}gpj.exe", "C:\\windows\\system32", "'; drop table upload_sessions; --", "🎬"]
    {
        let file = scene.ada.file(&session, key).await;
        let etag = scene.ada.upload(&session, &file, 1, "hello").await.expect(200).text("/etag");
        let url = scene.ada.complete(&session, &file, &[etag]).await.expect(200).text("/fileUrl");
        let objects = scene.world.data_dir.path().join("objects").canonicalize().unwrap();
        assert!(url.starts_with(&format!("file://{}", objects.display())) && !url.contains(".."), "{url}");
        let keys = scene.ada.read(&session).await.body["files"].as_array().unwrap().clone();
        assert!(keys.iter().any(|file| file["key"] == key), "{key}");
    }
    scene.world.close().await;
}

#[tokio::test]
async fn json_that_is_none_or_not_the_right_one() {
    let scene = Scene::new().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let file = r#"{"key":"a","size":5}"#;
    for path in scene.json_paths() {
        for body in
            ["", " ", "null", "[]", "\"text\"", "7", "{", "}", "{]", "{\"a\"}", "\u{feff}{}", "{}", deep.as_str()]
        {
            scene.refused(&path, body).await;
        }
    }
    for body in [
        format!(r#"{{"files":[{file}]}}x"#),
        format!(r#"{{"files":[{file}]}}{{"files":[{file}]}}"#),
        format!(r#"{{"files":[{file}],"files":[{file}]}}"#),
        format!(r#"{{"files":{file}}}"#),
        format!(r#"{{"files":[[{file}]]}}"#),
        format!(r#"{{"files":[{file}],"allowDuplicates":"yes"}}"#),
        format!(r#"{{"files":[{file}],"allowDuplicates":null}}"#),
        format!(r#"{{"files":[{file},null]}}"#),
        r#"{"files":[]}"#.to_owned(),
        r#"{"files":[{"key":"a","key":"b","size":5}]}"#.to_owned(),
        r#"{"files":[{"size":5}]}"#.to_owned(),
        json!({ "files": vec![json!({ "key": "a", "size": 5 }); 1001] }).to_string(),
    ] {
        scene.refused(SESSIONS, body).await;
    }
    let complete = &scene.json_paths()[2];
    for parts in [json!([]), json!({}), json!([{ "partNumber": 1 }]), json!([{ "partNumber": 1, "etag": "" }])] {
        scene.refused(complete, json!({ "parts": parts }).to_string()).await;
    }
    let mut invalid = br#"{"files":[{"key":""#.to_vec();
    invalid.extend([0xff, 0xfe]);
    invalid.extend(br#"","size":5}]}"#);
    let request = scene.ada.request(Method::POST, SESSIONS).header("content-type", "application/json").body(invalid);
    scene.ada.send(request).await.expect(400).assert_error_shape();
    scene.unchanged().await;
}

#[tokio::test]
async fn every_broken_rule_is_told_at_once() {
    let scene = Scene::new().await;
    let body =
        json!({ "files": [{ "key": "", "size": 0 }, { "key": "a", "size": 5, "hash": "x" }], "allowDuplicates": 1 });
    let answer = scene.ada.post(SESSIONS, &body).await.expect_error(422, "VALIDATION_ERROR");
    let violations = answer.body["violations"].as_array().unwrap();
    let mut paths: Vec<_> = violations.iter().map(|violation| violation["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths, ["allowDuplicates", "files[0].key", "files[0].size", "files[1].hash"]);
    scene.unchanged().await;
}

#[tokio::test]
async fn identifiers_that_are_none() {
    let scene = Scene::new().await;
    let session = &scene.session;
    let braces = format!("%7B{session}%7D");
    let plain = session.replace('-', "");
    for id in ["x", "0", "%00", "..%2f..", "%ff", "null", "-", &"a".repeat(5000), braces.as_str(), plain.as_str()] {
        for (method, path) in [
            (Method::GET, format!("{SESSIONS}/{id}")),
            (Method::DELETE, format!("{SESSIONS}/{id}")),
            (Method::POST, format!("{SESSIONS}/{id}/finalize")),
        ] {
            let answer = scene.ada.send(scene.ada.request(method.clone(), &path)).await;
            assert!((400..500).contains(&answer.status), "{method} {path}: {} {:#}", answer.status, answer.body);
        }
        let path = format!("{SESSIONS}/{session}/files/{id}/complete");
        let answer = scene.ada.post(&path, &json!({ "parts": [{ "partNumber": 1, "etag": "x" }] })).await;
        assert!((400..500).contains(&answer.status), "{path}: {} {:#}", answer.status, answer.body);
    }
    scene.ada.get(&format!("{SESSIONS}/not-a-uuid")).await.expect_violation("sessionId");
    let upper = session.to_uppercase();
    let answer = scene.ada.get(&format!("{SESSIONS}/{upper}")).await;
    assert!(answer.status == 200 || answer.status == 422, "{:#}", answer.body);
    scene.unchanged().await;
}

#[tokio::test]
async fn headers_that_are_wrong() {
    let scene = Scene::new().await;
    let body = json!({ "files": [{ "key": "a", "size": 5 }] }).to_string();
    for key in [String::new(), "with space".to_owned(), "ä".to_owned(), "x".repeat(129)] {
        let request =
            scene.ada.request(Method::POST, SESSIONS).header("idempotency-key", key.as_bytes()).body(body.clone());
        let answer = scene.ada.send(request.header("content-type", "application/json")).await;
        assert!([400, 422].contains(&answer.status), "{key:?}: {} {:#}", answer.status, answer.body);
        answer.assert_error_shape();
    }
    let head = scene.head("GET", &format!("{SESSIONS}/{}", scene.session));
    scene.refused_raw("no version", &[400], "GET /\r\n\r\n").await;
    scene.refused_raw("a header without a colon", &[400], format!("{head}nonsense\r\n\r\n")).await;
    scene.refused_raw("endless headers", &[400, 431], format!("{head}X: {}\r\n\r\n", "x".repeat(1_000_000))).await;
    scene.refused_raw("a NUL in a header", &[400], format!("{head}X: a\0b\r\n\r\n")).await;
    let two = "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello";
    scene.refused_raw("two lengths", &[400], format!("{}{two}", scene.head("PUT", &scene.part_path()))).await;
    scene.unchanged().await;
}

#[tokio::test]
async fn bodies_that_break_off_or_stall_leave_nothing() {
    let scene = Scene::new().await;
    let path = scene.part_path();
    let put = scene.head("PUT", &path) + "Content-Type: application/octet-stream\r\n";
    let post = scene.head("POST", SESSIONS) + "Content-Type: application/json\r\n";

    let mut truncated = Raw::connect(&scene.world.base).await;
    truncated.send(format!("{put}Content-Length: 5\r\n\r\nhe")).await;
    truncated.finish().await;
    let (status, text) = truncated.answer().await;
    assert!([0, 400].contains(&status), "truncated: {text}");

    scene.refused_raw("a part that stalls", &[408], format!("{put}Content-Length: 5\r\n\r\nhe")).await;
    scene
        .refused_raw(
            "a chunked part that stalls",
            &[408],
            format!("{put}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n"),
        )
        .await;
    scene.refused_raw("JSON that stalls", &[408], format!("{post}Content-Length: 50\r\n\r\n{{\"files\"")).await;
    scene.refused_raw("a part announced too large", &[413], format!("{put}Content-Length: 6\r\n\r\n")).await;
    scene
        .refused_raw("a part announced far too large", &[413], format!("{put}Content-Length: 999999999999\r\n\r\n"))
        .await;
    scene.refused_raw("a part announced too small", &[422], format!("{put}Content-Length: 4\r\n\r\nhell")).await;
    scene.refused_raw("JSON announced too large", &[413], format!("{post}Content-Length: 99999999\r\n\r\n")).await;
    scene.refused_raw("a broken chunk", &[400], format!("{put}Transfer-Encoding: chunked\r\n\r\nzz\r\nhe\r\n")).await;
    let too_many = format!("{put}Transfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n0\r\n\r\n");
    scene.refused_raw("a chunked part that is too large", &[413], too_many).await;
    let scratch: Vec<_> = walk(&scene.world.data_dir.path().join("scratch"));
    assert!(scratch.iter().all(|path| path.extension().is_some_and(|extension| extension == "lock")), "{scratch:?}");
    scene.unchanged().await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn queries_that_make_no_sense() {
    let scene = Scene::new().await;
    let admin = scene.world.admin();
    let analytics = format!("{SESSIONS}/analytics");
    for query in [
        "userId=%00",
        "userId=",
        "userId=a%0Ab",
        "limit=abc",
        "limit=1e2",
        "limit=9999999999999999999",
        "offset=10001",
        "from=-262143-01-01T00:00:00Z",
        "from=2026-13-01T00:00:00Z",
        "from=2026-01-01",
        "to=10000-01-01T00:00:00Z",
        "cursor=%ff",
        "cursor=__________8",
        "limit=1&limit=2",
        "unknown=1",
        "%00=1",
    ] {
        let answer = admin.get(&format!("{analytics}?{query}")).await;
        assert!((400..500).contains(&answer.status), "{query}: {} {:#}", answer.status, answer.body);
        answer.assert_error_shape();
    }
    let path = format!("{SESSIONS}/{}?reason=", scene.session);
    for reason in ["", "%00", "%0a", &"x".repeat(201)] {
        let answer = scene.ada.delete(&format!("{path}{reason}")).await;
        assert!((400..500).contains(&answer.status), "{reason}: {} {:#}", answer.status, answer.body);
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn routes_and_methods_that_are_not_there() {
    let scene = Scene::new().await;
    for path in ["/", "/api", "/api/mocs/uploads", "/api/mocs/uploads/sessions/x/y/z", "//", "/healthz/x"] {
        assert_eq!(scene.ada.get(path).await.status, 404, "{path}");
    }
    for path in ["%ff%fe", "../../etc/passwd"] {
        let request = format!("{}Connection: close\r\n\r\n", scene.head("GET", &format!("{SESSIONS}/{path}")));
        scene.refused_raw(path, &[400], request).await;
    }
    assert_eq!(scene.ada.send(scene.ada.request(Method::POST, "/healthz")).await.status, 405);
    let document: Value = serde_json::from_str(upload_server::http::DOCUMENT).unwrap();
    let operations = scene.every_operation();
    for path in document["paths"].as_object().unwrap().keys() {
        let path = scene.path(path);
        let declared: Vec<_> =
            operations.iter().filter(|(_, other)| *other == path).map(|(method, _)| method).collect();
        let mut allowed: Vec<_> = declared.iter().map(|method| method.as_str()).chain(["OPTIONS"]).collect();
        allowed.sort_unstable();
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
            if !declared.contains(&&method) {
                let answer = scene.ada.send(scene.ada.request(method, &path)).await;
                assert_eq!(answer.header("allow"), allowed.join(", "), "{path}");
                answer.expect_error(405, "METHOD_NOT_ALLOWED");
            }
        }
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn tokens_that_are_no_good() {
    let scene = Scene::new().await;
    let forged = format!("{}x", scene.ada.token());
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJleHAiOjk5OTk5OTk5OTl9.";
    let headers = [None, Some("Bearer"), Some("Bearer "), Some("Basic YWRhOnB3"), Some("Bearer nonsense")];
    let headers = headers.into_iter().map(|header| header.map(str::to_owned));
    for header in headers.chain([Some(format!("Bearer {forged}")), Some(format!("Bearer {none}"))]) {
        for (method, path) in scene.every_operation() {
            let url = format!("{}{path}", scene.world.base);
            let request = reqwest::Client::new().request(method.clone(), url).json(&json!({ "files": "nonsense" }));
            let request = match &header {
                Some(header) => request.header("authorization", header),
                None => request,
            };
            let answer = scene.ada.send(request).await;
            assert_eq!(answer.status, 401, "{method} {path} {header:?}: {:#}", answer.body);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            answer.assert_error_shape();
        }
    }
    scene.unchanged().await;
}
