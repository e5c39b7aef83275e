//! The questions of `docs/analytics.md`: each runs, and answers what stands below it.

use tokio_postgres::SimpleQueryMessage;

use crate::support::*;

const DOCUMENT: &str = include_str!("../../../docs/analytics.md");

/// Six sessions of two users on two days of March 2026: four finalized, one failed, one open.
const EXAMPLE: &str = "
    insert into upload_sessions (id, user_id, status, created_at, expires_at, finalized_at, failure_reason, failure_step)
    select ('00000000-0000-4000-8000-00000000000' || n)::uuid, case when n % 2 = 0 then 'ada' else 'grace' end,
      case n when 5 then 'failed' when 6 then 'active' else 'completed' end, at, at + interval '1 hour',
      case when n < 5 then at + n * interval '1 minute' end, case n when 5 then 'expired' end,
      case n when 5 then 'file_registered' end
    from generate_series(1, 6) n, lateral (select timestamptz '2026-03-07T09:30Z' + n * interval '6 hours' as at) t;
    insert into upload_session_analytics (session_id, event_type, metadata, created_at)
    select s.id, e.event_type, jsonb_build_object('user_id', s.user_id, 'file_count', 1, 'total_size_bytes', 1000,
        'elapsed_time_ms', e.step * 20000)
        || case e.event_type when 'session_failed'
          then jsonb_build_object('failure_reason', s.failure_reason, 'step', s.failure_step) else '{}' end,
      s.created_at + e.step * interval '20 seconds'
    from upload_sessions s, (values ('session_created', 0), ('file_registered', 1), ('file_completed', 2),
      ('session_finalized', 3), ('session_failed', 3)) e (event_type, step)
    where case e.event_type when 'session_finalized' then s.status = 'completed' when 'session_failed' then s.status = 'failed'
      when 'file_completed' then s.status = 'completed' else true end";

/// Each question with the answer that stands below it.
fn questions() -> Vec<(&'static str, &'static str)> {
    let block = |text: &'static str| text.split_once("```").map_or("", |(block, _)| block);
    let questions = DOCUMENT.split("```sql\n").skip(1);
    questions.map(|rest| (block(rest), rest.split_once("```text\n").map_or("", |(_, text)| block(text)))).collect()
}

#[tokio::test]
async fn every_question_of_the_guide_has_the_answer_that_stands_there() {
    let world = World::new().await;
    let client = world.database.client().await;
    client.batch_execute(EXAMPLE).await.unwrap();
    world.database.database.rollups().make(100).await.unwrap();
    let questions = questions();
    assert_eq!(questions.len(), 10);
    let mut wrong = String::new();
    for (question, expected) in questions {
        let answer = table(&client.simple_query(question).await.unwrap());
        if answer != expected {
            wrong.push_str(&format!("{question}\n```text\n{answer}```\n"));
        }
    }
    assert!(wrong.is_empty(), "these have other answers:\n{wrong}");
}

fn table(messages: &[SimpleQueryMessage]) -> String {
    let mut text = String::new();
    for message in messages {
        let cells: Vec<&str> = match message {
            SimpleQueryMessage::RowDescription(columns) => columns.iter().map(|column| column.name()).collect(),
            SimpleQueryMessage::Row(row) => (0..row.len()).map(|column| row.get(column).unwrap_or("null")).collect(),
            _ => continue,
        };
        text.push_str(&cells.join(" | "));
        text.push('\n');
    }
    text
}
