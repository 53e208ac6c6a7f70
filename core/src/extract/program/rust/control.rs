//! Statements, blocks and branches, as statements and as values.

use syn::{Arm, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprMatch, Local, Stmt};

use super::{
    Writer,
    expression::{is_place, join},
};
use crate::{
    extract::program::grammar::{Field, Shape},
    span::Span,
};

impl Writer<'_> {
    /// One statement.
    pub(super) fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Local(local) => self.local(local),
            Stmt::Item(item) => self.item(item),
            Stmt::Expr(expression, _) => self.effect(expression),
            Stmt::Macro(call) => _ = self.macro_call(&call.mac, Field::None),
        }
    }

    /// `let pattern: T = value else { ... };`
    fn local(&mut self, local: &Local) {
        let at = self.open(Shape::Assign, Field::None);
        self.pattern(&local.pat, Field::Left);
        let mut span = self.span(local.let_token.span);
        if let Some(init) = &local.init {
            span = join(span, self.expression(&init.expr, Field::Right));
        }
        self.close(at, span);
        if let Some((_, otherwise)) = local.init.as_ref().and_then(|init| init.diverge.as_ref()) {
            let branch = self.open(Shape::Branch, Field::None);
            self.part(otherwise, Field::Alternative);
            self.close(branch, span);
        }
    }

    /// An expression whose value goes nowhere.
    fn effect(&mut self, expression: &Expr) {
        match expression {
            Expr::If(branch) => self.branch(branch),
            Expr::Match(choice) => self.choice(choice),
            _ => _ = self.expression(expression, Field::None),
        }
    }

    fn statements(&mut self, block: &Block, shape: Shape, field: Field) -> Span {
        let at = self.open(shape, field);
        block.stmts.iter().for_each(|statement| self.statement(statement));
        self.close(at, self.span(block.brace_token.span.join()))
    }

    /// A branch whose value goes nowhere.
    fn part(&mut self, expression: &Expr, field: Field) {
        match expression {
            Expr::Block(block) => _ = self.statements(&block.block, Shape::Block, field),
            _ => {
                let at = self.open(Shape::Block, field);
                self.effect(expression);
                self.close(at, Span::default());
            }
        }
    }

    /// `if a {} else if b {} else {}`; the chain is followed in a loop.
    fn branch(&mut self, branch: &ExprIf) {
        let at = self.open(Shape::Branch, Field::None);
        let mut next = Some(branch);
        while let Some(branch) = next {
            self.aside(std::iter::once(&*branch.cond));
            self.statements(&branch.then_branch, Shape::Block, Field::Consequence);
            next = match branch.else_branch.as_ref().map(|(_, otherwise)| &**otherwise) {
                Some(Expr::If(branch)) => Some(branch),
                Some(otherwise) => {
                    self.part(otherwise, Field::Alternative);
                    None
                }
                None => None,
            };
        }
        self.close(at, self.span(branch.if_token.span));
    }

    fn choice(&mut self, choice: &ExprMatch) {
        let at = self.open(Shape::Branch, Field::None);
        let place = self.subject(&choice.expr);
        for arm in &choice.arms {
            let open = self.open(Shape::Arm, Field::None);
            self.arm_pattern(arm, place);
            self.effect(&arm.body);
            self.close(open, Span::default());
        }
        self.close(at, self.between(choice.match_token.span, choice.brace_token.span.close()));
    }

    /// What is matched on: read here once, or in each arm when that makes no second call.
    fn subject<'e>(&mut self, subject: &'e Expr) -> Option<&'e Expr> {
        if is_place(subject) {
            return Some(subject);
        }
        self.aside(std::iter::once(subject));
        None
    }

    fn arm_pattern(&mut self, arm: &Arm, subject: Option<&Expr>) {
        let at = self.open(Shape::Assign, Field::None);
        self.pattern(&arm.pat, Field::Left);
        if let Some(subject) = subject {
            self.expression(subject, Field::Right);
        }
        self.close(at, self.span(arm.fat_arrow_token.spans.first().copied().unwrap_or_else(super::split::nowhere)));
        if let syn::Pat::Guard(guarded) = &arm.pat {
            self.aside(std::iter::once(&*guarded.guard));
        }
    }

    /// Everything that is not a plain value; most of it has the value of its last expression.
    pub(super) fn control(&mut self, node: &Expr, field: Field) -> Span {
        match node {
            Expr::If(branch) => self.either(branch, field),
            Expr::Match(choice) => self.any_arm(choice, field),
            Expr::Block(block) => self.value_of(&block.block, field),
            Expr::Unsafe(block) => self.value_of(&block.block, field),
            Expr::Async(block) => self.value_of(&block.block, field),
            Expr::Const(block) => self.value_of(&block.block, field),
            Expr::TryBlock(block) => self.value_of(&block.block, field),
            Expr::Closure(closure) => self.closure(closure, field),
            Expr::ForLoop(each) => self.each(each),
            Expr::While(repeat) => {
                let at = self.open(Shape::Branch, Field::None);
                self.aside(std::iter::once(&*repeat.cond));
                let end = self.statements(&repeat.body, Shape::Block, Field::Body);
                self.close(at, self.span(repeat.while_token.span).cover(end))
            }
            Expr::Loop(repeat) => self.statements(&repeat.body, Shape::Pass, Field::None),
            Expr::Let(binding) => {
                let at = self.open(Shape::Assign, field);
                self.pattern(&binding.pat, Field::Left);
                let end = self.expression(&binding.expr, Field::Right);
                self.close(at, self.span(binding.let_token.span).cover(end))
            }
            Expr::Return(answer) => {
                let at = self.open(Shape::Return, Field::None);
                let start = self.span(answer.return_token.span);
                let end = answer.expr.as_ref().map_or(start, |value| self.expression(value, Field::Value));
                self.close(at, start.cover(end))
            }
            Expr::Break(leave) => self.beside(leave.expr.as_deref(), field),
            Expr::Yield(given) => self.beside(given.expr.as_deref(), field),
            _ => self.leaf(Shape::Compare, field, Span::default()),
        }
    }

    /// A value that goes elsewhere.
    fn beside(&mut self, value: Option<&Expr>, field: Field) -> Span {
        self.aside(value.into_iter());
        self.leaf(Shape::Compare, field, Span::default())
    }

    /// The value of a block is its last expression.
    fn value_of(&mut self, block: &Block, field: Field) -> Span {
        let at = self.open(Shape::Wrap, field);
        self.last_value(&block.stmts);
        self.close(at, self.span(block.brace_token.span.join()))
    }

    fn last_value(&mut self, statements: &[Stmt]) {
        let (last, before) = match statements.split_last() {
            Some((Stmt::Expr(value, None), before)) => (Some(value), before),
            _ => (None, statements),
        };
        let (call, before) = match before.split_last() {
            Some((Stmt::Macro(call), rest)) if last.is_none() && call.semi_token.is_none() => (Some(call), rest),
            _ => (None, before),
        };
        let at = self.open(Shape::Pass, Field::None);
        before.iter().for_each(|statement| self.statement(statement));
        self.close(at, Span::default());
        if let Some(value) = last {
            self.expression(value, Field::None);
        } else if let Some(call) = call {
            self.macro_call(&call.mac, Field::None);
        }
    }

    /// `if a { x } else { y }` as a value: either of them.
    fn either(&mut self, branch: &ExprIf, field: Field) -> Span {
        let at = self.open(Shape::Logic, field);
        let mut span = self.span(branch.if_token.span);
        let mut next = Some(branch);
        while let Some(branch) = next {
            self.aside(std::iter::once(&*branch.cond));
            span = span.cover(self.value_of(&branch.then_branch, Field::Consequence));
            next = match branch.else_branch.as_ref().map(|(_, otherwise)| &**otherwise) {
                Some(Expr::If(branch)) => Some(branch),
                Some(otherwise) => {
                    span = join(span, self.expression(otherwise, Field::Alternative));
                    None
                }
                None => None,
            };
        }
        self.close(at, span)
    }

    fn any_arm(&mut self, choice: &ExprMatch, field: Field) -> Span {
        let at = self.open(Shape::Logic, field);
        let place = self.subject(&choice.expr);
        for arm in &choice.arms {
            let open = self.open(Shape::Wrap, Field::Consequence);
            let beside = self.open(Shape::Pass, Field::None);
            self.arm_pattern(arm, place);
            self.close(beside, Span::default());
            let span = self.expression(&arm.body, Field::None);
            self.close(open, span);
        }
        self.close(at, self.between(choice.match_token.span, choice.brace_token.span.close()))
    }

    fn each(&mut self, each: &ExprForLoop) -> Span {
        let at = self.open(Shape::ForEach, Field::None);
        self.pattern(&each.pat, Field::Left);
        self.expression(&each.expr, Field::Right);
        let end = self.statements(&each.body, Shape::Block, Field::Body);
        self.close(at, self.span(each.for_token.span).cover(end))
    }

    fn closure(&mut self, closure: &ExprClosure, field: Field) -> Span {
        let at = self.open(Shape::Function, field);
        let start = self.span(closure.inputs_begin.spans.first().copied().unwrap_or_else(super::split::nowhere));
        let list = self.open(Shape::Parameters, Field::Parameters);
        for input in &closure.inputs {
            let parameter = self.open(Shape::Parameter, Field::None);
            self.pattern(input, Field::None);
            self.close(parameter, start);
        }
        self.close(list, start);
        let end = match &*closure.body {
            Expr::Block(block) => {
                self.body(&block.block);
                self.span(block.block.brace_token.span.close())
            }
            value => self.expression(value, Field::Body),
        };
        self.close(at, join(start, end))
    }
}
