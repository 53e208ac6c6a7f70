//! Asks providers whether secrets still work: few requests, slowly, each to the host that its rule names, none twice.
//!
//! No redirect is followed, no proxy is used, whatever the environment says, and trust is what Mozilla's list of roots
//! gives: a secret goes to its provider over a connection that nobody in between can read, or nowhere.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io::Read as _,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use trueup_core::{
    engine::{Ask, Reply},
    rule::{Call, Method},
};

/// Requests under way at once.
const HANDS: usize = 2;
/// Time between two requests to one host.
const PACE: Duration = Duration::from_millis(500);
/// Time for all of a request, the answer included.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const MOST_READ: u64 = 64 * 1024;
/// Requests without an answer after which a host is left alone.
const MOST_FAILURES: u32 = 3;
/// What a host answers that wants fewer requests (RFC 6585).
const TOO_MANY: u16 = 429;

/// The network, as far as it is used.
pub(crate) struct Network {
    agent: ureq::Agent,
    pace: Duration,
    /// Tests listen here; nothing outside of them can point a request elsewhere.
    #[cfg(test)]
    base: String,
}

/// What is known of a host.
#[derive(Default)]
struct Host {
    next: Option<Instant>,
    failures: u32,
    closed: Option<&'static str>,
}

/// Hosts by name, and the number of the next call.
#[derive(Default)]
struct Work<'c> {
    hosts: HashMap<&'c str, Host>,
    taken: usize,
}

/// What to do about a call.
enum Turn {
    Wait(Duration),
    Skip(&'static str),
}

impl Network {
    /// Over TLS, with the limits of this module.
    pub(crate) fn new() -> Self {
        Self {
            agent: agent(PATIENCE, true),
            pace: PACE,
            #[cfg(test)]
            base: String::new(),
        }
    }

    /// Where a call goes.
    #[cfg(not(test))]
    fn address<'c>(&self, call: &'c Call) -> &'c str {
        call.url.reveal()
    }

    #[cfg(test)]
    fn address(&self, call: &Call) -> String {
        call.url.reveal().replacen(&format!("https://{}", call.host), &self.base, 1)
    }

    /// Sends one request, once.
    fn send(&self, call: &Call) -> Reply {
        let method = match call.method {
            Method::Get => ureq::http::Method::GET,
            Method::Post => ureq::http::Method::POST,
        };
        let mut request = ureq::http::Request::builder().method(method).uri(self.address(call));
        for (name, value) in &call.headers {
            let Ok(mut value) = ureq::http::HeaderValue::from_str(value.reveal()) else {
                return Reply::Failed("the request cannot be sent");
            };
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let outcome = match &call.body {
            Some(body) => request.body(body.reveal()).map(|request| self.agent.run(request)),
            None => request.body(()).map(|request| self.agent.run(request)),
        };
        let answer = match outcome {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Reply::Failed(reason(&error)),
            Err(_) => return Reply::Failed("the request cannot be sent"),
        };
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        match answer.into_body().into_reader().take(MOST_READ).read_to_end(&mut body) {
            Ok(_) => Reply::Answer { status, body },
            Err(_) => Reply::Failed("the answer broke off"),
        }
    }

    /// Takes calls until there are none.
    fn work<'c>(&self, calls: &'c [Call], work: &Mutex<Work<'c>>) -> Vec<(usize, Reply)> {
        let held = || work.lock().unwrap_or_else(PoisonError::into_inner);
        let mut replies = Vec::new();
        loop {
            let (at, call, turn) = {
                let mut work = held();
                let at = work.taken;
                let Some(call) = calls.get(at) else { return replies };
                work.taken += 1;
                (at, call, work.hosts.entry(&call.host).or_default().turn(self.pace))
            };
            if let Turn::Wait(time) = turn {
                thread::sleep(time);
            }
            // The host may have been left alone meanwhile.
            let closed = match turn {
                Turn::Skip(reason) => Some(reason),
                Turn::Wait(_) => held().hosts.get(call.host.as_str()).and_then(|host| host.closed),
            };
            let reply = closed.map_or_else(|| self.send(call), Reply::Failed);
            if closed.is_none() {
                held().hosts.entry(&call.host).or_default().learn(&reply);
            }
            replies.push((at, reply));
        }
    }
}

impl Host {
    fn turn(&mut self, pace: Duration) -> Turn {
        if let Some(reason) = self.closed {
            return Turn::Skip(reason);
        }
        let now = Instant::now();
        let start = self.next.map_or(now, |next| next.max(now));
        self.next = Some(start + pace);
        Turn::Wait(start - now)
    }

    /// A host that wants fewer requests, or does not answer, gets no more of them.
    fn learn(&mut self, reply: &Reply) {
        match reply {
            Reply::Answer { status: TOO_MANY, .. } => self.closed = Some("it wants fewer requests"),
            Reply::Answer { .. } => self.failures = 0,
            Reply::Failed(_) => {
                self.failures += 1;
                if self.failures >= MOST_FAILURES {
                    self.closed = Some("requests before had no answer");
                }
            }
        }
    }
}

impl Ask for Network {
    fn ask(&self, calls: &[Call]) -> Vec<Reply> {
        let work = Mutex::new(Work::default());
        let mut replies: Vec<(usize, Reply)> = thread::scope(|scope| {
            let hands: Vec<_> = (0..HANDS).map(|_| scope.spawn(|| self.work(calls, &work))).collect();
            hands.into_iter().flat_map(|hand| hand.join().unwrap_or_default()).collect()
        });
        replies.sort_by_key(|(at, _)| *at);
        let mut replies = replies.into_iter().peekable();
        // A place is left empty only by a thread that ended before its time.
        (0..calls.len())
            .map(|at| replies.next_if(|(other, _)| *other == at).map_or(Reply::Failed("no reply"), |(_, reply)| reply))
            .collect()
    }
}

fn agent(patience: Duration, https_only: bool) -> ureq::Agent {
    ureq::Agent::config_builder()
        .https_only(https_only)
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(patience))
        // A connection that was closed meanwhile would ask for a second attempt.
        .max_idle_connections(0)
        .user_agent(concat!("trueup/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")"))
        .accept_encoding("identity")
        .build()
        .new_agent()
}

/// Why there is no answer, in words of ours: those of the error may hold the address.
fn reason(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "no answer in time",
        ureq::Error::HostNotFound => "the host is not found",
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => "no safe connection",
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => "no connection",
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the request cannot be sent",
        _ => "no answer that can be read",
    }
}
