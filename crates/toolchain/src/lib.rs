//! Everything that runs cargo and rustc, and nothing that knows a rule.
//!
//! - [`workspace`] finds out what there is: packages, targets, dependencies. One loader asks cargo, one reads the
//!   manifests and starts no process.
//! - [`oracle`] asks rustc what the types of expressions are.
//! - [`shadow`] keeps a copy of the workspace in which a patched tree is checked and tested.

mod lock;
mod messages;
pub mod options;
pub mod oracle;
mod published;
mod registry;
pub mod shadow;
mod store;
mod supervised;
mod test_results;
pub mod workspace;

pub use messages::{CompileError, Place};
pub use options::CargoOptions;
pub use oracle::{
    Answer, Answers, Body, Compiled, Inquiry, KnownType, Question, ask, has_been_asked,
    run_as_wrapper_if_asked,
};
pub use published::{Published, published};
pub use registry::{Registry, bring_dependencies, library_in};
pub use shadow::{CheckOutcome, Shadow, Tested};
pub use store::Store;
pub use test_results::{TestCount, TestResults, test_results};
pub use workspace::{
    BUNDLED_METADATA, Dependency, Locked, Package, Target, Workspace, load, load_without_cargo,
    normalise, package_at,
};
