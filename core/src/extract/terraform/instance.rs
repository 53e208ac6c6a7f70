//! Instances of modules: the values of variables, locals and outputs, each found when first asked for.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use super::{
    TerraformFile,
    eval::{Code, Frame},
    expand::{self, Each},
    limits::{self, Budget},
    module::{Item, Module, local_source},
    types,
};
use crate::{
    fact::Environment,
    source::SourceId,
    span::Span,
    syntax::{Node, Value},
};

/// A value with the source that its spans are in.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) source: SourceId,
    pub(super) node: Node,
}

/// A name whose value is being found, or found.
#[derive(Clone, Debug)]
enum Memo {
    Pending,
    Done(Rc<Located>),
}

/// Expressions by place, parsed or found to be none.
type Parsed<'a> = HashMap<(SourceId, Span), Option<Rc<Code<'a>>>>;

type Memos<'a> = RefCell<BTreeMap<&'a str, Memo>>;

/// One use of a module.
#[derive(Debug)]
pub(super) struct Instance<'a> {
    /// Position of the module in the world.
    pub(super) module: usize,
    /// Prefix of addresses: empty for the root, else `module.NAME.`.
    pub(super) prefix: String,
    /// Position of the calling instance, the call and its element of `count` or `for_each`.
    pub(super) caller: Option<(usize, Item<'a>, Rc<Each>)>,
    /// Number of calls from the root.
    pub(super) depth: usize,
    variables: Memos<'a>,
    locals: Memos<'a>,
    outputs: Memos<'a>,
    children: RefCell<BTreeMap<&'a str, Rc<Vec<Child>>>>,
}

/// One instance that a call makes.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// The element of `count` or `for_each`, as it is written in addresses (`[0]`, `["a"]`), or nothing.
    pub(super) label: String,
    /// Position of the instance.
    pub(super) instance: usize,
}

/// Everything known while one root is evaluated for one environment.
pub(super) struct World<'a> {
    /// All modules of the repository.
    pub(super) modules: &'a [Module<'a>],
    /// Position of each module by folder.
    pub(super) folders: &'a BTreeMap<&'a str, usize>,
    /// Values files of the root, weakest first.
    pub(super) values: Vec<&'a TerraformFile>,
    /// The environment that is evaluated, which may tell the workspace.
    pub(super) environment: Environment,
    /// What is left of the bounds.
    pub(super) budget: Budget,
    /// True when calls were left out because of the bounds.
    pub(super) cut: Cell<bool>,
    instances: RefCell<Vec<Rc<Instance<'a>>>>,
    parsed: RefCell<Parsed<'a>>,
}

impl<'a> World<'a> {
    /// A world with one instance: the root module.
    pub(super) fn new(
        modules: &'a [Module<'a>],
        folders: &'a BTreeMap<&'a str, usize>,
        root: usize,
        values: Vec<&'a TerraformFile>,
        environment: Environment,
        nodes: u64,
    ) -> Self {
        let world = Self {
            modules,
            folders,
            values,
            environment,
            budget: Budget::new(nodes),
            cut: Cell::new(false),
            instances: RefCell::default(),
            parsed: RefCell::default(),
        };
        world.add(root, String::new(), None, 0);
        world
    }

    fn add(&self, module: usize, prefix: String, caller: Option<(usize, Item<'a>, Rc<Each>)>, depth: usize) -> usize {
        let mut instances = self.instances.borrow_mut();
        instances.push(Rc::new(Instance {
            module,
            prefix,
            caller,
            depth,
            variables: RefCell::default(),
            locals: RefCell::default(),
            outputs: RefCell::default(),
            children: RefCell::default(),
        }));
        instances.len() - 1
    }

    /// The instance at a position.
    pub(super) fn instance(&self, at: usize) -> Option<Rc<Instance<'a>>> {
        self.instances.borrow().get(at).cloned()
    }

    /// The module of an instance.
    pub(super) fn module(&self, instance: usize) -> Option<&'a Module<'a>> {
        self.modules.get(self.instance(instance)?.module)
    }

    /// The parsed expression of a node, parsed once.
    pub(super) fn code(&self, source: SourceId, node: &'a Node, text: &'a str, template: bool) -> Option<Rc<Code<'a>>> {
        if let Some(found) = self.parsed.borrow().get(&(source, node.span)) {
            return found.clone();
        }
        let code = Code::parse(source, node.span, text, template).map(Rc::new);
        self.parsed.borrow_mut().insert((source, node.span), code.clone());
        code
    }

    /// The value of a local; `None` when there is none of that name.
    pub(super) fn local(&self, at: usize, name: &str) -> Option<Rc<Located>> {
        let instance = self.instance(at)?;
        let (&name, &item) = self.modules.get(instance.module)?.locals.get_key_value(name)?;
        self.remember(&instance.locals, name, || Located {
            source: item.file.source,
            node: Frame::new(self, at, item.file, Each::none()).value(item.node),
        })
    }

    /// The value of an output; `None` when there is none of that name.
    pub(super) fn output(&self, at: usize, name: &str) -> Option<Rc<Located>> {
        let instance = self.instance(at)?;
        let (&name, &item) = self.modules.get(instance.module)?.outputs.get_key_value(name)?;
        let value = item.node.get("value")?;
        self.remember(&instance.outputs, name, || Located {
            source: item.file.source,
            node: Frame::new(self, at, item.file, Each::none()).value(value),
        })
    }

    /// The value of an input variable; `None` when there is none of that name.
    pub(super) fn variable(&self, at: usize, name: &str) -> Option<Rc<Located>> {
        let instance = self.instance(at)?;
        let (&name, &item) = self.modules.get(instance.module)?.variables.get_key_value(name)?;
        self.remember(&instance.variables, name, || {
            let mut located = self.input(at, &instance, name, item);
            if let Some(kind) = item.node.get("type") {
                types::complete(&mut located.node, kind);
            }
            located
        })
    }

    /// Caller's argument, else values files of the root, else default, else unknown.
    fn input(&self, at: usize, instance: &Instance<'a>, name: &'a str, item: Item<'a>) -> Located {
        let given = match &instance.caller {
            Some((caller, call, each)) => call.node.get(name).map(|argument| Located {
                source: call.file.source,
                node: Frame::new(self, *caller, call.file, each.clone()).value(argument),
            }),
            None => self.values.iter().rev().find_map(|file| {
                let node = file.root.get(name)?;
                Some(Located { source: file.source, node: Frame::new(self, at, file, Each::none()).value(node) })
            }),
        };
        let nullable = item.node.get("nullable").and_then(Node::as_bool) != Some(false);
        if let Some(given) = given.filter(|given| nullable || given.node.value != Value::Null) {
            return given;
        }
        let source = item.file.source;
        match item.node.get("default") {
            Some(default) => Located { source, node: Frame::new(self, at, item.file, Each::none()).value(default) },
            None => {
                let text = format!("{}var.{name}", instance.prefix);
                Located { source, node: Node::new(item.header, Value::Unknown(text)) }
            }
        }
    }

    fn remember(&self, memos: &Memos<'a>, name: &'a str, find: impl FnOnce() -> Located) -> Option<Rc<Located>> {
        match memos.borrow().get(name) {
            Some(Memo::Done(value)) => return Some(value.clone()),
            Some(Memo::Pending) => return None,
            None => {}
        }
        memos.borrow_mut().insert(name, Memo::Pending);
        let found = Rc::new(find());
        memos.borrow_mut().insert(name, Memo::Done(found.clone()));
        Some(found)
    }

    /// The instances that a call makes; empty when the module is not in the repository or is not used.
    pub(super) fn children(&self, at: usize, name: &str) -> Rc<Vec<Child>> {
        self.find_children(at, name).unwrap_or_default()
    }

    fn find_children(&self, at: usize, name: &str) -> Option<Rc<Vec<Child>>> {
        let instance = self.instance(at)?;
        let module = self.modules.get(instance.module)?;
        let (&name, &call) = module.calls.get_key_value(name)?;
        if let Some(children) = instance.children.borrow().get(name) {
            return Some(children.clone());
        }
        // An entry now keeps a module that needs its own output to know its count from going round for ever.
        instance.children.borrow_mut().insert(name, Rc::default());
        let callee = *self.folders.get(local_source(module.folder, call.node)?.as_str())?;
        if self.calls_itself(at, callee) || instance.depth >= limits::CALLS {
            self.cut.set(true);
            return None;
        }
        let expansion = expand::expand(&Frame::new(self, at, call.file, Each::none()), call.node, "");
        let mut children = Vec::new();
        for each in expansion.elements {
            if self.instances.borrow().len() >= limits::INSTANCES {
                self.cut.set(true);
                break;
            }
            let label = each.label.clone();
            let prefix = format!("{}module.{name}{label}.", instance.prefix);
            let child = self.add(callee, prefix, Some((at, call, each)), instance.depth + 1);
            children.push(Child { label, instance: child });
        }
        let children = Rc::new(children);
        instance.children.borrow_mut().insert(name, children.clone());
        Some(children)
    }

    fn calls_itself(&self, at: usize, callee: usize) -> bool {
        let mut next = Some(at);
        while let Some(instance) = next.and_then(|at| self.instance(at)) {
            if instance.module == callee {
                return true;
            }
            next = instance.caller.as_ref().map(|(caller, ..)| *caller);
        }
        false
    }
}
