//! Closures, and macros whose arguments are read.

use std::cell::Cell;
use std::rc::Rc;

use super::{Amount, Direction, Evaluation, EventKind, NamedClosure, Print, Value};
use crate::syntax::{Closure, Expr, Macro, TextRange};
use crate::types::{Handle, Ty};

/// Closures that call closures are followed so far.
const DEEPEST_CALL: u32 = 3;

/// Calls of closures that are walked in one function.
const MOST_WALKS: u32 = 64;

impl Evaluation<'_> {
    /// Walks a closure whose caller is not known.
    pub(super) fn unknown_call(&mut self, closure: &Closure) {
        let parameters = vec![Value::default(); closure.parameters.len()];
        self.deferred(|this| this.closure(closure, parameters, true));
    }

    /// Keeps a closure under its name until it is called.
    pub(super) fn name_closure(&mut self, name: &str, closure: &Closure) {
        self.bind(name, Value::default());
        let named = NamedClosure {
            closure: closure.clone(),
            walked: Cell::new(false),
        };
        let closures = self.closures.last_mut().expect("a scope is open");
        closures.insert(name.to_owned(), Rc::new(named));
    }

    /// The closure that a variable holds.
    pub(super) fn closure_of(&self, name: &str) -> Option<Rc<NamedClosure>> {
        let scope = self
            .scopes
            .iter()
            .rposition(|scope| scope.contains_key(name))?;
        self.closures[scope].get(name).cloned()
    }

    /// Walks a closure that has a name, unless a call of it was walked.
    pub(super) fn walk_once(&mut self, named: &Rc<NamedClosure>) {
        if !named.walked.replace(true) {
            self.unknown_call(&named.closure);
        }
    }

    /// Walks the call of a closure that has a name.
    pub(super) fn call_closure(&mut self, named: &Rc<NamedClosure>, values: Vec<Value>) -> Value {
        if self.called >= DEEPEST_CALL || self.walks >= MOST_WALKS {
            self.walk_once(named);
            return Value::default();
        }
        named.walked.set(true);
        self.called += 1;
        self.walks += 1;
        let value = self.deferred(|this| this.closure(&named.closure, values, false));
        self.called -= 1;
        value
    }

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
            this.framed(closure.body.range, closure.is_async, |this| {
                this.expr(&closure.body)
            })
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
        self.macro_runs(&mac.name, range);
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
            Amount::Small(None),
            &format!("{}!", mac.name),
            range,
        );
        if let (Some(event), Some(format)) = (self.flow.events.last_mut(), &mac.format)
            && event.range == range
        {
            event.times = operations(format, mac.name == "writeln");
        }
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

/// How many operations `write!` counts for: it calls the writer once for each argument and once for each text between
/// them, and a text counts with the argument behind it, so that three lines with one argument each stay a handful.
fn operations(format: &str, ends_line: bool) -> u64 {
    let mut pieces = 0;
    let mut text = false;
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' if rest.peek() == Some(&'{') => {
                rest.next();
                text = true;
            }
            '{' => {
                pieces += 1 + u64::from(std::mem::take(&mut text));
                rest.by_ref().find(|c| *c == '}');
            }
            _ => text = true,
        }
    }
    (pieces + u64::from(text || ends_line)).div_ceil(2).max(1)
}
