//! Closures, and macros whose arguments are read.

use super::{Amount, Direction, Evaluation, EventKind, Print, Value};
use crate::syntax::{Closure, Expr, Macro, TextRange};
use crate::types::{Handle, Ty};

impl Evaluation<'_> {
    /// Walks a closure's body with these arguments; the value is the body's.
    pub(super) fn closure(
        &mut self,
        closure: &Closure,
        arguments: Vec<Value>,
        returns_apart: bool,
    ) -> Value {
        let returned = std::mem::take(&mut self.returned);
        let value = self.scoped(|this| {
            for (pattern, value) in closure.parameters.iter().zip(arguments) {
                let value = match (pattern.declared(), pattern.name_range()) {
                    (Some(declared), Some(range)) if value.origins.is_empty() => {
                        let ty = this.ty(declared);
                        if ty.handle().is_bare() {
                            let borrowed =
                                matches!(declared, crate::syntax::TypeRef::Reference { .. });
                            let mut made = this.made(super::OriginKind::Opaque, ty, range);
                            made.borrowed = borrowed;
                            for origin in &made.origins {
                                this.flow.origins[origin.0 as usize].borrowed = borrowed;
                            }
                            made
                        } else {
                            Value::of(ty)
                        }
                    }
                    _ => value,
                };
                this.bind_pattern(pattern, value);
            }
            this.framed(closure.body.range, |this| this.expr(&closure.body))
        });
        let inner = std::mem::replace(&mut self.returned, returned);
        if returns_apart {
            // A closure that hands a handle out lets it live on in what calls it.
            self.event(
                EventKind::Returned,
                &value,
                closure.body.range,
                closure.body.range,
            );
        }
        inner.into_iter().fold(value, Value::or)
    }

    pub(super) fn macro_call(&mut self, mac: &Macro, range: TextRange) -> Value {
        self.macro_acts(&mac.name, range);
        if let Some(body) = &mac.body {
            return self.block(body);
        }
        match mac.name.as_str() {
            "write" | "writeln" => self.formatted_write(mac, range),
            "print" | "println" => {
                self.mention(&mac.arguments, range);
                self.mention_captures(&mac.captures, range);
                self.flow.prints.push(Print {
                    name: mac.name.clone(),
                    range,
                    loops: self.loops.clone(),
                    format: mac.format.clone(),
                    deferred: self.deferred > 0,
                });
                Value::default()
            }
            "vec" => match mac.arguments.as_slice() {
                [_, length] => {
                    let bytes = super::loops::integer(length);
                    self.expr(length);
                    let kind = super::OriginKind::Fresh {
                        bytes,
                        empty: false,
                    };
                    self.made(
                        kind,
                        Ty::External("std::vec::Vec".to_owned(), vec![Ty::Unknown]),
                        range,
                    )
                }
                all => {
                    let element = self
                        .all(all)
                        .into_iter()
                        .next()
                        .map_or(Ty::Unknown, |value| value.ty);
                    let kind = super::OriginKind::Fresh {
                        bytes: None,
                        empty: all.is_empty(),
                    };
                    self.made(
                        kind,
                        Ty::External("std::vec::Vec".to_owned(), vec![element]),
                        range,
                    )
                }
            },
            "format" => {
                self.mention(&mac.arguments, range);
                self.mention_captures(&mac.captures, range);
                Value::of(Ty::external("std::string::String"))
            }
            // The old `?`.
            "try" => mac
                .arguments
                .first()
                .map(|inner| {
                    let value = self.expr(inner);
                    self.opened(&value, inner.range, range);
                    value
                })
                .unwrap_or_default(),
            "dbg" => mac
                .arguments
                .first()
                .map(|inner| self.expr(inner))
                .unwrap_or_default(),
            _ => {
                self.mention(&mac.arguments, range);
                self.mention_captures(&mac.captures, range);
                Value::default()
            }
        }
    }

    fn mention(&mut self, arguments: &[Expr], range: TextRange) {
        for argument in arguments {
            let value = self.expr(argument);
            self.event(EventKind::Mentioned, &value, range, argument.range);
        }
    }

    fn mention_captures(&mut self, captures: &[String], range: TextRange) {
        for name in captures {
            let value = self
                .scopes
                .iter()
                .rev()
                .find_map(|scope| scope.get(name))
                .cloned()
                .unwrap_or_default();
            self.event(EventKind::Mentioned, &value, range, range);
        }
    }

    fn formatted_write(&mut self, mac: &Macro, range: TextRange) -> Value {
        let Some((target, rest)) = mac.arguments.split_first() else {
            return Value::default();
        };
        let value = self.expr(target);
        self.mention(rest, range);
        self.mention_captures(&mac.captures, range);
        self.transfer(
            &value,
            target,
            Direction::Write,
            Amount::Small,
            &format!("{}!", mac.name),
            range,
        );
        Value::default()
    }

    /// Asks for the type of an expression unless something is known of it.
    pub(super) fn ask(&mut self, value: &Value, expr: &Expr) {
        if value.origins.is_empty() && !value.ty.is_known() {
            self.flow
                .questions
                .push(super::OpenQuestion { range: expr.range });
        }
    }

    /// A read or write: an event if the handle is known, a question if only its type is missing.
    pub(super) fn transfer(
        &mut self,
        value: &Value,
        receiver: &Expr,
        direction: Direction,
        amount: Amount,
        how: &str,
        range: TextRange,
    ) {
        if value.origins.is_empty() && !value.ty.is_known() {
            self.ask(value, receiver);
            return;
        }
        if value.ty.handle() == Handle::Stdout
            && direction == Direction::Write
            && value.origins.is_empty()
        {
            return;
        }
        let how = how.to_owned();
        self.event(
            EventKind::Transfer {
                direction,
                amount,
                how,
            },
            value,
            range,
            receiver.range,
        );
    }
}
