//! Sends the requests of a contract in order and judges the answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use openapi::{Body, Contract, Operation, Sample};

use super::answer::{Answer, plain, written};
use super::client::{Client, Outgoing};
use super::drift::Drift;
use super::expectation::{EXPECTED_STATUS, Finding, declared, judge};
use super::selection;
use super::sender::{Sender, Sent};
use super::values::{UNSIGNED, dynamic, encoded, unsigned};

/// How long to wait before a request is sent again.
const PAUSE: Duration = Duration::from_millis(50);
/// A second or more, in which whatever counts seconds goes on.
const TICK: Duration = Duration::from_millis(1100);

/// What became of one request.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The request as the contract has it.
    pub sample: &'a Sample,
    /// What was sent.
    pub outgoing: Outgoing,
    /// What came back, or why nothing did.
    pub answer: Result<Answer, String>,
    /// Why the client that it was to be sent through cannot express the request; nothing was sent then.
    pub inexpressible: Option<String>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

impl Step<'_> {
    /// Whether anything is wrong.
    #[must_use]
    pub fn failed(&self) -> bool {
        !self.findings.is_empty()
    }
}

/// A request that shows what a server holds.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'r> {
    /// The request.
    pub sample: &'r Sample,
    /// The paths of what counts of its answer; all of it where there are none.
    pub values: Option<&'r [String]>,
}

impl Reader<'_> {
    fn name(&self) -> &str {
        match self.values {
            Some(_) => self.sample.key().unwrap_or(&self.sample.operation),
            None => &self.sample.operation,
        }
    }
}

/// The requests at the bounds of one operation.
pub struct Edges<'a> {
    /// What a server needs before each of them.
    pub setup: Vec<&'a Sample>,
    /// The operation's own request.
    pub primary: &'a Sample,
    /// Those that must be taken.
    pub edges: &'a [Sample],
    /// Those whose path is at a bound.
    pub places: &'a [Sample],
}

/// What became of them.
pub struct Bounds<'a> {
    /// Every request that was sent; what came before one of them only where it failed.
    pub steps: Vec<Step<'a>>,
    /// Why none was sent: the operation's own request, or one that it needs, is taken once only.
    pub once: Option<String>,
}

/// A run through a contract: variables flow from answers to the requests that follow.
pub struct Run<'a> {
    contract: &'a Contract,
    from: &'a Path,
    base_url: &'a str,
    given: &'a BTreeMap<String, String>,
    captured: BTreeMap<String, String>,
    /// Values of variables of files, by file and name, that hold dynamic ones: each has one value in the whole run.
    made: BTreeMap<(&'a str, &'a str), String>,
    sender: Box<dyn Sender + 'a>,
    /// For what is read beside the requests.
    client: Client,
}

impl<'a> Run<'a> {
    /// A run of `contract`, whose paths are relative to `from`, against the server at `base_url`. Values of `given` win over
    /// those of the files. Requests are sent as plain HTTP.
    pub fn new(contract: &'a Contract, from: &'a Path, base_url: &'a str, given: &'a BTreeMap<String, String>) -> Self {
        let sender = Box::new(Client::of(base_url));
        let (captured, made) = (BTreeMap::new(), made(contract));
        Self { contract, from, base_url, given, captured, made, sender, client: Client::of(base_url) }
    }

    /// The same run with requests that are sent by something else.
    #[must_use]
    pub fn through(self, sender: Box<dyn Sender + 'a>) -> Self {
        Self { sender, ..self }
    }

    /// Sends one request, judges the answer and takes what it captures. A request that may take its time is sent again
    /// until its answer is right.
    pub fn step(&mut self, sample: &'a Sample) -> Step<'a> {
        let deadline = Instant::now() + sample.within.unwrap_or_default();
        loop {
            let step = self.once(sample);
            if !step.failed() || Instant::now() >= deadline {
                return step;
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn once(&mut self, sample: &'a Sample) -> Step<'a> {
        let outgoing = self.outgoing(sample);
        let started = Instant::now();
        let sent = match &outgoing {
            Ok(outgoing) => self.sender.send(sample, outgoing),
            Err(reason) => Sent::failed(reason.clone()),
        };
        let took = started.elapsed();
        let findings = self.findings(sample, &sent);
        let Sent { answer, inexpressible, .. } = sent;
        let outgoing = outgoing.unwrap_or_else(|_| Outgoing::unsent(&sample.request));
        Step { sample, outgoing, answer, inexpressible, findings, took }
    }

    /// Everything that is wrong with what became of a request; what it captures is taken.
    fn findings(&mut self, sample: &Sample, sent: &Sent) -> Vec<Finding> {
        let here = |message: String| Finding { message, location: sample.location };
        let mut findings: Vec<_> = sent.complaints(sample).into_iter().map(here).collect();
        if let Ok(answer) = &sent.answer {
            let text = |text: &str| sample.resolved_text(text, |name| self.value(sample, name));
            findings.extend(judge(self.contract, sample, answer, text));
            let missing = self.capture(sample, answer);
            // An answer of another status has another body: that it lacks the value is no news.
            findings.extend(missing.into_iter().filter(|_| answer.status == sample.expect));
        }
        findings
    }

    /// Sends requests that must be refused, and watches that none of them changes what `readers` answer. Says with the steps
    /// whether anybody could watch.
    pub fn probe(&mut self, probes: &'a [Sample], readers: &[Reader<'_>]) -> (Vec<Step<'a>>, bool) {
        let (once, twice) = (self.state(readers), self.state(readers));
        // What answers differently each time shows no change.
        let steady = readers.iter().zip(once.iter().zip(&twice)).filter(|(_, (a, b))| a.is_some() && a == b);
        let readers: Vec<_> = steady.map(|(reader, _)| *reader).collect();
        let mut state = self.state(&readers);
        let (mut steps, mut drifts) = (Vec::new(), None);
        for probe in probes {
            let mut step = self.step(probe);
            let mut now = self.state(&readers);
            if state != now {
                let drifts: &[Drift] = drifts.get_or_insert_with(|| self.drifts(&readers, &now));
                let answers = readers.iter().zip(drifts).zip(state.iter().zip(&now));
                let changed = answers.filter(|((_, drift), (a, b))| !drift.explains(a.as_deref(), b.as_deref()));
                step.findings.extend(changed.map(|((reader, _), _)| Finding {
                    message: format!("this request changed what {} answers", reader.name()),
                    location: probe.location,
                }));
                now = self.state(&readers);
            }
            state = now;
            steps.push(step);
        }
        (steps, !readers.is_empty())
    }

    /// What changes by itself in what readers answer, which has been read `once` just now.
    fn drifts(&self, readers: &[Reader<'_>], once: &[Option<Vec<u8>>]) -> Vec<Drift> {
        let later = || {
            std::thread::sleep(TICK);
            self.state(readers)
        };
        let (second, third) = (later(), later());
        let readings = once.iter().zip(&second).zip(&third);
        readings.map(|((a, b), c)| Drift::of([a, b, c].map(Option::as_deref))).collect()
    }

    /// Sends requests at the bounds of an operation, each to a server that the edges' `setup` has prepared for it.
    pub fn bounds(&mut self, edges: &Edges<'a>) -> Bounds<'a> {
        let mut steps = Vec::new();
        // An operation's own request may be taken once only. Whatever is wrong after it was taken again is a finding.
        for sample in edges.setup.iter().copied().chain([edges.primary]) {
            let step = self.step(sample);
            if step.failed() {
                let once = self.refusal(&step);
                steps.extend(once.is_none().then_some(step));
                return Bounds { steps, once };
            }
        }
        let places = edges.places.iter().map(|sample| (sample, true));
        for (edge, is_place) in edges.edges.iter().map(|sample| (sample, false)).chain(places) {
            if let Some(failed) = self.prepare(edges) {
                steps.push(failed);
                break;
            }
            steps.push(if is_place { self.place(edge) } else { self.step(edge) });
        }
        Bounds { steps, once: None }
    }

    /// Sends what comes before a request at a bound; what of it fails.
    fn prepare(&mut self, edges: &Edges<'a>) -> Option<Step<'a>> {
        let mut failed = edges.setup.iter().map(|sample| self.step(sample)).find(Step::failed)?;
        let message = format!("the boundaries of {} that follow were not sent", edges.primary.operation);
        failed.findings.push(Finding { message, location: failed.sample.location });
        Some(failed)
    }

    /// How a request was refused that has been taken before; nothing where it was not refused as the contract declares it.
    fn refusal(&self, step: &Step<'_>) -> Option<String> {
        // Who may ask does not depend on how often somebody has.
        let refuses = |status: u16| (400..500).contains(&status) && ![401, 403].contains(&status);
        let answer = step.answer.as_ref().ok().filter(|answer| refuses(answer.status))?;
        let operation = self.operation(step.sample)?;
        let as_declared = declared(self.contract, operation, answer).is_empty();
        as_declared.then(|| format!("{} is answered {} the second time", operation.id, answer.status))
    }

    /// Sends a request whose path is at a bound. Whatever is there, the path itself must not be refused.
    fn place(&mut self, sample: &'a Sample) -> Step<'a> {
        let mut step = self.step(sample);
        if let Ok(answer) = &step.answer {
            step.findings.retain(|finding| !finding.message.starts_with(EXPECTED_STATUS));
            if [400, 422].contains(&answer.status) {
                let message = format!("the path is allowed: expected neither 400 nor 422, got {}", answer.status);
                step.findings.push(Finding { message, location: sample.location });
            }
        }
        step
    }

    fn operation(&self, sample: &Sample) -> Option<&'a Operation> {
        self.contract.operations.iter().find(|operation| operation.id == sample.operation)
    }

    /// What each reader answers now; nothing where it shows nothing that this run has made.
    fn state(&self, readers: &[Reader<'_>]) -> Vec<Option<Vec<u8>>> {
        let read = |reader: &Reader<'_>| {
            let shows = || selection::variables(reader.sample).iter().any(|name| self.captured.contains_key(name));
            (reader.values.is_some() || shows()).then_some(())?;
            let answer = self.client.send(&self.outgoing(reader.sample).ok()?).ok()?;
            (answer.status == reader.sample.expect).then_some(())?;
            match reader.values {
                Some(paths) => {
                    let json = answer.json()?;
                    let value = |path: &String| path.split('.').try_fold(&json, |value, key| value.get(key));
                    Some(serde_json::to_vec(&paths.iter().map(value).collect::<Vec<_>>()).ok()?)
                }
                None => Some(answer.body),
            }
        };
        readers.iter().map(read).collect()
    }

    /// What is sent for a request, with the values that its variables have by now.
    pub fn outgoing(&self, sample: &Sample) -> Result<Outgoing, String> {
        let request = sample.resolved(|name| self.value(sample, name));
        let body = match request.body {
            None => None,
            Some(Body::Text(text)) => Some(text.into_bytes()),
            Some(Body::File(file)) => Some(self.read(sample, &file)?),
        };
        let target = sample.target(|name| self.value(sample, name));
        let url = format!("{}{}", self.base_url.trim_end_matches('/'), encoded(&target));
        Ok(Outgoing { method: request.method, url, headers: request.headers, body })
    }

    /// Captured values win: they are what the server said. Then what the caller of the run gave.
    fn value(&self, sample: &Sample, name: &str) -> Option<String> {
        if let Some(of) = name.strip_prefix(UNSIGNED) {
            return Some(unsigned(&self.value(sample, of.trim()).unwrap_or_default()));
        }
        let known = self.captured.get(name).or_else(|| self.given.get(name));
        known.or_else(|| self.made.get(&(sample.file.as_str(), name))).cloned().or_else(|| dynamic(name))
    }

    fn read(&self, sample: &Sample, file: &str) -> Result<Vec<u8>, String> {
        let request_file = self.from.join(&sample.file);
        let path = request_file.parent().unwrap_or(self.from).join(file);
        std::fs::read(&path).map_err(|error| format!("cannot read the body {}: {error}", path.display()))
    }

    fn capture(&mut self, sample: &Sample, answer: &Answer) -> Vec<Finding> {
        let mut findings = Vec::new();
        for capture in &sample.captures {
            match answer.find(&capture.from) {
                Some(value) => {
                    self.captured.insert(capture.variable.value.clone(), plain(&value));
                }
                None => findings.push(Finding {
                    message: format!(
                        "`{}` takes its value from {}, which is not in the answer",
                        capture.variable.value,
                        written(&capture.from)
                    ),
                    location: capture.location,
                }),
            }
        }
        findings
    }
}

fn made(contract: &Contract) -> BTreeMap<(&str, &str), String> {
    let mut made = BTreeMap::new();
    for sample in &contract.samples {
        for (name, value) in sample.variables.iter().filter(|(_, value)| value.contains("{{$")) {
            made.entry((sample.file.as_str(), name.as_str())).or_insert_with(|| sample.resolved_text(value, dynamic));
        }
    }
    made
}
