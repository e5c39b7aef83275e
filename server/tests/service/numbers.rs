//! Numbers that are none, or out of all bounds.

use reqwest::Method;
use serde_json::json;

use crate::support::scene::Scene;
use crate::support::world::SESSIONS;

#[tokio::test]
async fn numbers_out_of_all_bounds() {
    let scene = Scene::new().await;
    let numbers =
        "-1 0 1.5 1e400 -0.0 9223372036854775808 18446744073709551616 1e19 NaN Infinity 0x10 \"5\" null [] {} true";
    for number in numbers.split(' ').map(str::to_owned).chain(["9".repeat(1000)]) {
        scene.refused(SESSIONS, format!(r#"{{"files":[{{"key":"a","size":{number}}}]}}"#)).await;
        scene.refused(&scene.json_paths()[1], format!(r#"{{"key":"a","size":{number}}}"#)).await;
        let complete = format!(r#"{{"parts":[{{"partNumber":{number},"etag":"x"}}]}}"#);
        scene.refused(&scene.json_paths()[2], complete).await;
    }
    for number in ["0", "-1", "10001", "1.0", "1e0", "1%20", "0x1", "99999999999999999999", "one"] {
        let path = format!("{SESSIONS}/{}/files/{}/parts/{number}", scene.session, scene.file);
        let request = scene.ada.request(Method::PUT, &path).header("content-type", "application/octet-stream");
        let answer = scene.ada.send(request.body("hello")).await;
        answer.expect(422).assert_error_shape();
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn whole_numbers_in_paths_and_queries_are_digits_and_nothing_else() {
    let scene = Scene::new().await;
    let admin = scene.world.admin();
    let analytics = |query: &str| format!("{SESSIONS}/analytics?{query}");
    let part = |number: &str| format!("{SESSIONS}/{}/files/{}/parts/{number}", scene.session, scene.file);
    let refused = [
        "%2B1",
        "+1",
        "%201",
        "1%20",
        "1.0",
        "1e0",
        "1e2",
        "0x1",
        "01",
        "00",
        "-0",
        "-1",
        "1_000",
        "1,000",
        "%D9%A1",
        "one",
        "true",
        "null",
        "NaN",
        "Infinity",
        "9223372036854775808",
        "18446744073709551617",
        "1%00",
        "%22%22",
    ];
    for number in refused {
        for name in ["limit", "offset"] {
            let answer = admin.get(&analytics(&format!("{name}={number}"))).await;
            assert_eq!((name, number, answer.status), (name, number, 422), "{:#}", answer.body);
            answer.expect_violation(name);
        }
        let request = scene.ada.request(Method::PUT, &part(number)).header("content-type", "application/octet-stream");
        let answer = scene.ada.send(request.body("hello")).await;
        assert_eq!((number, answer.status), (number, 422), "{:#}", answer.body);
        answer.expect_violation("partNumber");
    }
    for query in ["limit=", "limit", "limit=&offset=1"] {
        admin.get(&analytics(query)).await.expect_violation("limit");
    }
    for query in ["limit=1&limit=1", "limit=1&limit=2", "limit=1&%6Cimit=1", "limit=&limit=1"] {
        admin.get(&analytics(query)).await.expect_violation("limit");
    }
    for (query, limit, offset) in
        [("limit=1", 1, 0), ("%6Cimit=%31", 1, 0), ("offset=0&limit=2", 2, 0), ("&offset=3&", 50, 3)]
    {
        let answer = admin.get(&analytics(query)).await.expect(200);
        assert_eq!(
            (&answer.body["events"]["limit"], &answer.body["events"]["offset"]),
            (&json!(limit), &json!(offset))
        );
    }
    scene.unchanged().await;
}
