//! Texts with holes: interpolation, `%{ if }` and `%{ for }`.

use hcl_edit::template::{Directive, Element, Strip, Template};

use super::{
    eval::{Code, Frame, Invalid, Outcome, derived},
    functions, limits,
};
use crate::{
    span::Span,
    syntax::{Node, Value},
};

/// A text being put together.
#[derive(Default)]
struct Text {
    text: String,
    /// True when a part only a run tells was put in as its expression.
    unknown: bool,
    parts: Vec<Node>,
}

impl<'a> Frame<'_, 'a> {
    /// Evaluates a template. A text that is nothing but one hole has the value of the hole.
    pub(super) fn template(&self, code: &Code<'a>, template: &Template, span: Span) -> Outcome {
        if let Some(Element::Interpolation(hole)) = template.as_single_element() {
            return self.eval(code, &hole.expr);
        }
        let mut text = Text::default();
        self.fill(code, template, &mut text)?;
        let parts: Vec<&Node> = text.parts.iter().collect();
        let value = if text.unknown { Value::Unknown(text.text) } else { Value::String(text.text) };
        Ok(derived(span, value, &parts))
    }

    fn fill(&self, code: &Code<'a>, template: &Template, text: &mut Text) -> Result<(), Invalid> {
        let mut strip_next = false;
        for element in template.iter() {
            if text.text.len() > limits::TEXT || !self.world.budget.take(1) {
                text.unknown = true;
                return Ok(());
            }
            let strip = strip_of(element);
            if matches!(strip, Strip::Start | Strip::Both) {
                text.text.truncate(text.text.trim_end().len());
            }
            match element {
                Element::Literal(literal) if strip_next => text.text.push_str(literal.value().trim_start()),
                Element::Literal(literal) => text.text.push_str(literal.value()),
                Element::Interpolation(hole) => self.fill_hole(code, &hole.expr, text)?,
                Element::Directive(directive) => self.fill_directive(code, directive, text)?,
            }
            strip_next = matches!(strip, Strip::End | Strip::Both);
        }
        Ok(())
    }

    fn fill_hole(&self, code: &Code<'a>, hole: &hcl_edit::expr::Expression, text: &mut Text) -> Result<(), Invalid> {
        let value = self.eval(code, hole)?;
        match (functions::text(&value), &value.value) {
            (Some(part), _) => text.text.push_str(&part),
            (None, Value::Unknown(expression)) => {
                text.unknown = true;
                text.text.push_str(&format!("${{{expression}}}"));
            }
            _ => return Err(Invalid),
        }
        text.parts.push(value);
        Ok(())
    }

    fn fill_directive(&self, code: &Code<'a>, directive: &Directive, text: &mut Text) -> Result<(), Invalid> {
        match directive {
            Directive::If(branch) => match self.eval(code, &branch.if_expr.cond_expr)?.as_bool() {
                Some(true) => self.fill(code, &branch.if_expr.template, text),
                Some(false) => match &branch.else_expr {
                    Some(other) => self.fill(code, &other.template, text),
                    None => Ok(()),
                },
                None => {
                    text.unknown = true;
                    Ok(())
                }
            },
            Directive::For(round) => {
                let collection = self.eval(code, &round.for_expr.collection_expr)?;
                let Some(pairs) = functions::pairs(&collection) else {
                    text.unknown = true;
                    return Ok(());
                };
                for (key, value) in pairs {
                    let mut names = vec![(round.for_expr.value_var.value().as_str().to_owned(), value)];
                    let key_name = round.for_expr.key_var.as_ref().map(|name| name.value().as_str().to_owned());
                    names.extend(key_name.map(|name| (name, key)));
                    self.bound(names, || self.fill(code, &round.for_expr.template, text))?;
                }
                Ok(())
            }
        }
    }
}

fn strip_of(element: &Element) -> Strip {
    match element {
        Element::Interpolation(hole) => hole.strip,
        _ => Strip::None,
    }
}
