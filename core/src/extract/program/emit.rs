//! Calls, endpoints and data become facts and flows.

use std::rc::Rc;

use super::{
    endpoint,
    grammar::{Language, Shape},
    machine::{Frame, Kid, Machine},
    scope::{Sink, Summary},
    value::{Constant, Parts, Trace, Traces, Val, each, merge},
};
use crate::{
    extract::Flow,
    fact::{Fact, FactKind},
    span::Span,
    syntax::{Node, Origin, Value},
    vocabulary::CallPattern,
};

/// Most facts of one source.
pub(super) const MAX_FACTS: usize = 20_000;
/// Longest text of a value that is unknown.
const MAX_UNKNOWN: usize = 120;
/// Most sinks that one function's summary keeps.
const MAX_SINKS: usize = 16;

/// Options under which clients take a URL.
const URL_KEYS: [&str; 10] =
    ["url", "uri", "baseURL", "baseUrl", "base_url", "prefixUrl", "prefix_url", "href", "endpoint", "URL"];
/// Options that end up in the URL.
const QUERY_KEYS: [&str; 6] = ["params", "query", "qs", "searchParams", "url", "uri"];

impl<'a> Machine<'a> {
    /// A call fact with its callee and role.
    pub(super) fn call_fact(&self, span: Span, callee: Span, name: &str, role: &str, service: Option<&str>) -> Fact {
        let mut fact = Fact::new(FactKind::Call, name, self.source, span).with_text("callee", callee, name);
        if !role.is_empty() {
            fact = fact.with_text("role", callee, role);
        }
        if let Some(service) = service {
            fact = fact.with_text("service", callee, service);
            if let Some(known) = self.calls.service.iter().find(|known| known.slug == service) {
                fact = fact.with_text("country", callee, known.country.clone());
            }
        }
        fact
    }

    /// True when a role is in one of the lists of roles.
    fn in_roles(list: &[String], role: &str) -> bool {
        list.iter().any(|word| word == role)
    }

    /// Builds the facts of a call that the vocabulary knows; gives the index of the call fact.
    pub(super) fn report(
        &mut self,
        span: Span,
        callee: &Val<'a>,
        name: &str,
        pattern: &CallPattern,
        arguments: &[Kid<'a>],
    ) -> Option<usize> {
        let roles = &self.calls.roles;
        let is_sink = Self::in_roles(&roles.sinks, &pattern.role);
        if is_sink {
            self.note_sink(span, name, pattern, arguments);
        }
        let is_plumbing = Self::in_roles(&roles.keeps, &pattern.role) || Self::in_roles(&roles.drops, &pattern.role);
        if !self.emits || is_plumbing || self.found.facts.len() >= MAX_FACTS {
            return None;
        }
        let connects = Self::in_roles(&roles.connects, &pattern.role);
        if connects && self.wanted.has(FactKind::Endpoint) {
            self.report_endpoint(span, callee.span, name, arguments);
        }
        if !self.wanted.any(&[FactKind::Call, FactKind::Datum]) {
            return None;
        }
        let mut fact = self.call_fact(span, callee.span, name, &pattern.role, pattern.service.as_deref());
        fact = self.with_arguments(fact, arguments);
        if self.is_conditional() {
            fact = fact.with("conditional", Node::new(callee.span, Value::Bool(true)));
        }
        if let Some(method) = self.method_of(callee) {
            fact = fact.with_text("method", method, self.slice(method));
        }
        self.found.facts.push(fact);
        let index = self.found.facts.len() - 1;
        if is_sink && self.wanted.has(FactKind::Datum) {
            for (at, kid) in arguments.iter().enumerate() {
                let key = kid.key.map(|(key, _)| key);
                let data = self.whole(&kid.val);
                let in_url = connects && key.map_or_else(|| at == 0, |key| QUERY_KEYS.contains(&key));
                let data = if in_url { each(&data, |trace| trace.in_url = true) } else { data };
                self.flow(&data, index, kid.val.span);
            }
        }
        Some(index)
    }

    /// Where the last word of a callee stands: the place to point at in a long chain.
    fn method_of(&self, callee: &Val<'a>) -> Option<Span> {
        let name = callee.name()?;
        let end = callee.span.to();
        let span = Span::new(end.checked_sub(name.len())?, end);
        (self.slice(span) == name).then_some(span)
    }

    /// Notes, for the function around, which of its parameters reach this call.
    fn note_sink(&mut self, span: Span, name: &str, pattern: &CallPattern, arguments: &[Kid<'a>]) {
        let parameters = arguments.iter().fold(0, |bits, kid| bits | kid.val.parameters);
        let Some(function) = self.functions.last_mut().filter(|_| parameters != 0 && !self.emits) else { return };
        if function.summary.sinks.len() < MAX_SINKS {
            function.summary.sinks.push(Sink {
                parameters,
                callee: name.into(),
                role: pattern.role.as_str().into(),
                service: pattern.service.as_deref().map(Rc::from),
                span,
            });
        }
    }

    /// A call of a function of this file that hands its arguments to a call of a role.
    pub(super) fn report_wrapped(
        &mut self,
        span: Span,
        callee: &Val<'a>,
        summary: &Summary<'a>,
        arguments: &[Kid<'a>],
    ) {
        if !self.emits || !self.wanted.has(FactKind::Datum) {
            return;
        }
        for sink in &summary.sinks {
            let mut data: Traces<'a> = None;
            let mut place = span;
            for (kid, at) in arguments.iter().zip(0u32..32) {
                if sink.parameters & (1 << at) != 0 {
                    let own = self.whole(&kid.val);
                    if own.is_some() && data.is_none() {
                        place = kid.val.span;
                    }
                    data = merge(data, &own);
                }
            }
            if data.is_none() || self.found.facts.len() >= MAX_FACTS {
                continue;
            }
            let fact = self.call_fact(span, callee.span, &sink.callee, &sink.role, sink.service.as_deref());
            self.found.facts.push(fact.with_text("via", callee.span, self.slice(callee.span)));
            let index = self.found.facts.len() - 1;
            let data = each(&data, |trace: &mut Trace<'a>| trace.steps.push(sink.span));
            self.flow(&data, index, place);
        }
    }

    /// Adds positional arguments and options.
    fn with_arguments(&mut self, fact: Fact, arguments: &[Kid<'a>]) -> Fact {
        let span = fact.span;
        let mut list = Vec::new();
        let mut options = Node::map(span);
        let mut open = false;
        let positional = arguments.iter().filter(|kid| kid.key.is_none()).count();
        for kid in arguments {
            match (kid.shape, kid.key) {
                (Shape::Spread, _) => {
                    open |= matches!(kid.val.parts, Parts::None);
                    self.set_options(&mut options, &kid.val);
                }
                (_, Some((key, _))) => options.set(key, self.node(&kid.val)),
                _ => {
                    if matches!(kid.val.parts, Parts::Map(_)) {
                        self.set_options(&mut options, &kid.val);
                    } else if self.language.is_script() && list.len() + 1 == positional && positional > 2 {
                        open |= kid.val.known().is_none() && kid.shape != Shape::Function;
                    }
                    list.push(self.node(&kid.val));
                }
            }
        }
        let mut fact = fact.with("arguments", Node::new(span, Value::List(list)));
        if !options.entries().is_empty() {
            fact = fact.with("options", options);
        }
        if open { fact.with("open", Node::new(span, Value::Bool(true))) } else { fact }
    }

    fn set_options(&mut self, options: &mut Node, val: &Val<'a>) {
        for (key, value) in val.parts.entries() {
            let node = self.node(value);
            options.set(key, node);
        }
    }

    /// A value as a node of a fact: the constant with the way it came, or unknown.
    pub(super) fn node(&self, val: &Val<'a>) -> Node {
        let value = match &val.parts {
            // Parts are never deeper than their limit, so this recursion ends.
            Parts::Map(entries) => {
                let pairs = entries.iter().map(|(key, value)| {
                    let place = Span { start: value.span.start, end: value.span.start };
                    (Node::string(place, *key), self.node(value))
                });
                Value::Map(pairs.collect())
            }
            Parts::List(elements) => Value::List(elements.iter().map(|element| self.node(element)).collect()),
            Parts::None => match (&val.constant, &val.canonical) {
                (Constant::Known(node), _) => return self.resolved(node, val.span),
                (_, Some(canonical)) if val.is_reference && !canonical.global => {
                    Value::String(canonical.name.to_string())
                }
                _ => {
                    let text = self.slice(val.span);
                    Value::Unknown(text.chars().take(MAX_UNKNOWN).collect())
                }
            },
        };
        Node::new(val.span, value)
    }

    /// A constant as it is used at a place.
    fn resolved(&self, node: &Node, span: Span) -> Node {
        if span.contains(node.span) {
            return Node { span, ..node.clone() };
        }
        Node { span, value: node.value.clone(), origin: Origin::Resolved(vec![(self.source, node.span)]) }
    }

    /// The URL a client connects to.
    fn report_endpoint(&mut self, span: Span, callee: Span, name: &str, arguments: &[Kid<'a>]) {
        let by_key = |kid: &&Kid<'a>| kid.key.is_some_and(|(key, _)| URL_KEYS.contains(&key));
        let named = arguments.iter().filter(by_key).map(|kid| &kid.val);
        let inside = arguments
            .iter()
            .flat_map(|kid| kid.val.parts.entries())
            .filter(|(key, _)| URL_KEYS.contains(key))
            .map(|(_, val)| val);
        let positional = arguments.iter().filter(|kid| kid.key.is_none()).map(|kid| &kid.val);
        let found = positional.chain(named).chain(inside).find_map(|val| {
            let (node, whole) = match &val.constant {
                Constant::Known(node) => (node, true),
                Constant::Starts(node) => (node, false),
                Constant::None => return None,
            };
            Some((val.span, node.clone(), endpoint::read(node.as_str()?, whole)?, whole))
        });
        let Some((place, node, url, whole)) = found else { return };
        let text = Node { value: Value::String(url.text.clone()), ..self.resolved(&node, place) };
        let mut fact = Fact::new(FactKind::Endpoint, url.text, self.source, span)
            .with("url", text)
            .with_text("scheme", place, url.scheme)
            .with_text("locality", place, endpoint::locality(&url.host))
            .with("whole", Node::new(place, Value::Bool(whole)))
            .with_text("callee", callee, name);
        if let Some((service, european)) = self.calls.service_of_host(&url.host) {
            fact = fact.with_text("service", place, service.slug.clone());
            fact = fact.with_text("region", place, if european { "EU".to_owned() } else { service.country.clone() });
        }
        if !url.host.is_empty() {
            fact = fact.with_text("host", place, url.host);
        }
        if let Some(port) = url.port {
            fact = fact.with("port", Node::new(place, Value::Number(f64::from(port))));
        }
        self.found.facts.push(fact);
    }

    /// Data that reaches a call: a datum fact each, and the flow between.
    pub(super) fn flow(&mut self, data: &Traces<'a>, call: usize, span: Span) {
        for trace in data.iter().flat_map(|traces| traces.iter()) {
            if self.found.facts.len() >= MAX_FACTS || !self.reported.insert((call, trace.span, trace.category)) {
                continue;
            }
            let datum = self.datum(trace);
            let inside = span.contains(trace.at);
            self.found.facts.push(datum);
            self.found.flows.push(Flow {
                from: self.found.facts.len() - 1,
                to: call,
                span: if inside { trace.at } else { span },
                steps: trace.steps.clone(),
                through: trace.through.iter().map(|role| role.to_string()).collect(),
            });
        }
    }

    fn datum(&self, trace: &Trace<'a>) -> Fact {
        let category = trace.category.and_then(|at| self.people.category(at));
        let key = category.map_or("user", |category| category.key.as_str());
        let name = if trace.object.is_empty() || trace.category.is_none() {
            trace.field.to_owned()
        } else {
            format!("{}.{}", trace.object, trace.field)
        };
        let mut fact = Fact::new(FactKind::Datum, name, self.source, trace.span)
            .with_text("category", trace.span, key)
            .with_text("field", trace.span, trace.field)
            .with_text("object", trace.span, trace.object)
            .with_text("place", trace.span, trace.place);
        if trace.in_url {
            fact = fact.with_text("within", trace.span, "url");
        }
        if let Some(category) = category {
            let flag = |flag: bool| Node::new(trace.span, Value::Bool(flag));
            fact = fact.with("special", flag(category.gdpr_art9)).with("sensitive", flag(category.ccpa_spi));
        }
        fact
    }

    /// `object.member = value`: a call fact of the member, with the value as `assigned`.
    pub(super) fn assigned(&mut self, frame: &Frame<'a>, target: &Val<'a>, member: &'a str, value: &Val<'a>) {
        if !self.emits || self.found.facts.len() >= MAX_FACTS {
            return;
        }
        let node = self.set_later(value);
        self.change_option(target.owner_made_by, member, node.clone());
        let Some(canonical) = self.member_name(target.owner_canonical.as_ref(), member) else { return };
        let Some(pattern) = self.calls.find(&canonical.name, canonical.global, self.language.word()) else { return };
        if !self.wanted.any(&[FactKind::Call, FactKind::Datum]) {
            return;
        }
        let fact = self.call_fact(frame.span, target.span, &canonical.name, &pattern.role, pattern.service.as_deref());
        self.found.facts.push(fact.with("assigned", node));
        if Self::in_roles(&self.calls.roles.sinks, &pattern.role) {
            let index = self.found.facts.len() - 1;
            let data = self.whole(value);
            self.flow(&data, index, value.span);
        }
    }

    /// `cookie.setSecure(true)`: an option of the call that made the receiver.
    pub(super) fn set_option(&mut self, callee: &Val<'a>, arguments: &[Kid<'a>]) {
        let [argument] = arguments else { return };
        let setter = callee.name().and_then(|name| name.strip_prefix("set"));
        let is_setter = setter.is_some_and(|rest| rest.starts_with(char::is_uppercase));
        if let (Language::Java, true, Some(rest)) = (self.language, is_setter, setter) {
            let mut letters = rest.chars();
            let first: String = letters.next().map(|letter| letter.to_lowercase().collect()).unwrap_or_default();
            let node = self.set_later(&argument.val);
            self.change_option(callee.owner_made_by, &format!("{first}{}", letters.as_str()), node);
        }
    }

    /// A value that an object gets after it was made: under a condition only running tells whether it does.
    fn set_later(&self, value: &Val<'a>) -> Node {
        match self.is_conditional() {
            true => Node::new(value.span, Value::Unknown("set under a condition".to_owned())),
            false => self.node(value),
        }
    }

    fn change_option(&mut self, made_by: Option<usize>, key: &str, node: Node) {
        let Some(fact) = made_by.and_then(|index| self.found.facts.get_mut(index)) else { return };
        let mut options = fact.get("options").cloned().unwrap_or_else(|| Node::map(fact.span));
        options.set(key, node);
        fact.fields.set("options", options);
    }

    /// `raise X(...)`, `throw x`.
    pub(super) fn end_throw(&mut self, frame: &Frame<'a>, kids: Vec<Kid<'a>>) {
        let Some(kid) = kids.into_iter().next() else { return };
        let role = "exception";
        let data = self.whole(&kid.val);
        let is_wanted = self.emits && data.is_some() && self.wanted.has(FactKind::Datum);
        if !is_wanted || !Self::in_roles(&self.calls.roles.sinks, role) || self.found.facts.len() >= MAX_FACTS {
            return;
        }
        let name = self.name_of(&kid.val);
        let fact = self.call_fact(frame.span, kid.val.span, if name.is_empty() { "throw" } else { &name }, role, None);
        self.found.facts.push(fact);
        let index = self.found.facts.len() - 1;
        self.flow(&data, index, kid.val.span);
    }
}
