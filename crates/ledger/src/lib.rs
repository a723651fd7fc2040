//! A transparency log: small public leaves in a Merkle tree, its heads as signed checkpoints, and proofs that anyone can
//! check [RFC6962-2].
//!
//! Everything here is a function of its arguments: no store, no clock, no network. Formats are those of C2SP, so that any
//! client of such logs can read this one.
//!
//! | module | what |
//! |---|---|
//! | [`leaf`] | what the tree is made of, and the commitment to a record |
//! | [`hash`], [`tree`] | roots, inclusion, consistency |
//! | [`tile`] | the tree in files, and how it grows |
//! | [`note`], [`key`], [`signer`], [`ml_dsa`] | signed texts and their keys |
//! | [`checkpoint`], [`cosignature`] | what a log and its witnesses sign |
//! | [`witness`] | whether to cosign |
//! | [`proof`] | a leaf's way to a checkpoint, as a file |
//! | [`policy`] | whom a reader believes |
//! | [`record`], [`text`] | what leaves commit to, and its spelling |
//! | [`receipt`] | what a receiver keeps |

pub mod checkpoint;
pub mod cosignature;
pub mod hash;
pub mod key;
pub mod leaf;
pub mod ml_dsa;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod record;
pub mod signer;
pub mod text;
pub mod tile;
pub mod tree;
pub mod witness;

mod error;

pub use checkpoint::Checkpoint;
pub use error::{Error, Result};
pub use hash::Hash;
pub use key::{KeyType, VerifierKey};
pub use leaf::{Kind, Leaf};
pub use ml_dsa::MlDsaKey;
pub use note::Note;
pub use policy::Policy;
pub use proof::Proof;
pub use receipt::Receipt;
pub use signer::Signer;
