//! Closures and async blocks: what is known of where each of them runs, and what that means for the code in it.

use super::Flow;
use crate::executors::Does;
use crate::index::FunctionId;
use crate::syntax::TextRange;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FrameId(pub(super) u32);

/// A closure or an async block.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) body: TextRange,
    /// An async block, or a closure that is `async`.
    pub(crate) is_async: bool,
    /// The frame in which it stands.
    pub(super) around: Option<FrameId>,
    /// All that is done with it, as far as it is known.
    pub(crate) runs: Vec<Runs>,
}

/// Where a closure or future runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    /// Where it stands, as part of the code around it.
    Here,
    /// On a thread that may wait.
    Elsewhere,
    /// A future that a thread waits for.
    Driven,
    /// A task of its own.
    Spawned,
    /// As that parameter of a function of the workspace is run.
    As(FunctionId, usize),
}

/// What the place of some code means for the thread that runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// An executor polls it.
    Async,
    /// Whoever calls the function waits for it.
    Caller,
    /// On another thread, or nobody knows.
    Apart,
}

/// A place where the thread stands still until the system has answered.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    pub(crate) range: TextRange,
    /// As a reader would name it.
    pub(crate) what: String,
    pub(crate) does: Does,
    pub(crate) loops: Vec<u32>,
    pub(crate) frame: Option<FrameId>,
}

impl Flow {
    fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.0 as usize]
    }

    /// A frame and those around it, the innermost first.
    pub(crate) fn frames_from(&self, frame: Option<FrameId>) -> impl Iterator<Item = &Frame> {
        let first = frame.map(|id| self.frame(id));
        std::iter::successors(first, |frame| frame.around.map(|id| self.frame(id)))
    }

    /// Whether code in `frame` is part of what runs the function, and of no task of its own.
    pub(crate) fn is_same_task(&self, frame: Option<FrameId>, range: TextRange) -> bool {
        let same = |frame: &Frame| {
            let known = |runs| frame.runs.contains(&runs);
            (known(Runs::Driven) || known(Runs::Here)) && !known(Runs::Spawned)
        };
        self.frames_from(frame).all(same) && !self.is_spawned(frame, range)
    }

    /// Whether code is part of a task that the function starts.
    pub(crate) fn is_spawned(&self, frame: Option<FrameId>, range: TextRange) -> bool {
        let spawned = |frame: &Frame| frame.runs.contains(&Runs::Spawned);
        self.frames_from(frame).any(spawned)
            || self
                .spawns
                .iter()
                .any(|call| call.contains(range) && *call != range)
    }

    /// Whether a call makes a future that the function's own thread then waits for.
    pub(crate) fn is_driven(&self, frame: Option<FrameId>, range: TextRange) -> bool {
        self.is_same_task(frame, range) && self.driven.iter().any(|future| future.contains(range))
    }

    /// Whether it starts tasks.
    pub(crate) fn starts_tasks(&self) -> bool {
        let spawned = |frame: &Frame| frame.runs.contains(&Runs::Spawned);
        !self.spawns.is_empty() || self.frames.iter().any(spawned)
    }

    /// What it means for a thread that code stands in `frame` of a function. `runs` says what becomes of a parameter.
    pub(crate) fn stands(
        &self,
        is_async: bool,
        frame: Option<FrameId>,
        runs: &dyn Fn(FunctionId, usize) -> Option<Runs>,
    ) -> Stands {
        for frame in self.frames_from(frame) {
            let known = || {
                frame.runs.iter().filter_map(|known| match known {
                    Runs::As(callee, position) => runs(*callee, *position),
                    known => Some(*known),
                })
            };
            if known().any(|known| matches!(known, Runs::Elsewhere | Runs::Driven)) {
                return Stands::Apart;
            }
            if frame.is_async {
                return Stands::Async;
            }
            if !known().any(|known| known == Runs::Here) {
                return Stands::Apart;
            }
        }
        if is_async {
            Stands::Async
        } else {
            Stands::Caller
        }
    }
}
