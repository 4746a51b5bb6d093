//! The interrupt flag: the first signal asks the run to stop at the next safe place, the second ends the process at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::{ExitCode, Interrupted};

/// Whether the user asked to stop. Clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
}

impl Interrupt {
    /// A flag raised by Ctrl-C, and on Unix also by SIGTERM and SIGHUP. The second signal ends the process with
    /// [`ExitCode::Interrupted`] wherever it stands.
    ///
    /// Where one of the signals is handled or ignored already, as under `nohup`, all keep what they do and the flag stays down.
    #[must_use]
    pub fn install() -> Self {
        let interrupt = Self::default();
        let handler = interrupt.clone();
        let _or_as_before = ctrlc::try_set_handler(move || {
            if handler.raise() {
                process::exit(i32::from(ExitCode::Interrupted.number()));
            }
        });
        interrupt
    }

    /// Raises the flag; says whether it was up before.
    pub fn raise(&self) -> bool {
        self.raised.swap(true, Ordering::SeqCst)
    }

    /// Whether the flag is up.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }

    /// The flag as a result, for `?` between two steps.
    ///
    /// # Errors
    /// [`Interrupted`] once the flag is up.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.is_raised() {
            Err(Interrupted)
        } else {
            Ok(())
        }
    }

    /// The bare flag, for libraries that poll one.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.raised
    }
}
