//! Integers that the engine would round.

use regorus::unstable::{Expr, Module};

use super::finding;
use super::visit::{self, Node};
use crate::engine::wire::{Finding, Level};

pub(super) fn lint(module: &Module, findings: &mut Vec<Finding>) {
    visit::module(module, &mut |node| {
        let Node::Expr(Expr::Number { span, .. }) = node else {
            return;
        };
        let text = span.text();
        let is_integer = !text.contains(['.', 'e', 'E']);
        if is_integer && text.parse::<i64>().is_err() && text.parse::<u64>().is_err() {
            findings.push(finding(
                Level::Refuse,
                "integer-range",
                span,
                format!("integer `{text}` does not fit 64 bits and would be rounded"),
                "write it as a string",
            ));
        }
    });
}
