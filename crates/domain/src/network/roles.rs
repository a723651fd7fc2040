//! Participant roles as they are now, kept in memory under the end of their chain.

use std::sync::Arc;

use registry::{Participant, Role};
use store::participants::RoleRow;

use crate::{Core, Fault, Result};

/// Roles kept in memory, at most; one with its keys takes some kilobytes.
pub(crate) const ROLES: usize = 1000;

impl Core {
    /// A role as it is now; None when the realm has none of that id.
    ///
    /// # Errors
    /// When the store can't be read, or its chain is broken.
    pub async fn participant_role(&self, realm_id: &str, id: &str) -> Result<Option<Arc<Role>>> {
        match store::participants::find_role(&self.store, realm_id, id).await? {
            Some(row) => Ok(Some(self.role_of_row(realm_id, &row).await?)),
            None => Ok(None),
        }
    }

    /// The role of a client, by its clientId; None when it has none, or one that has ended.
    ///
    /// # Errors
    /// As [`Core::participant_role`].
    pub async fn role_of_client(&self, realm_id: &str, client_id: &str) -> Result<Option<Arc<Role>>> {
        match store::participants::find_role_of(&self.store, realm_id, client_id).await? {
            Some(row) => Ok(Some(self.role_of_row(realm_id, &row).await?)),
            None => Ok(None),
        }
    }

    /// The role of a row that was read.
    ///
    /// # Errors
    /// As [`Core::participant_role`].
    pub async fn role_of_row(&self, realm_id: &str, row: &RoleRow) -> Result<Arc<Role>> {
        let key = (realm_id.to_owned(), row.id.clone());
        if let Some(kept) = self.roles.get(&key).filter(|kept| kept.head.digest == row.head) {
            return Ok(kept);
        }
        let records = store::participants::records(&self.store, realm_id, &row.id).await?;
        let folded = Role::fold(records.iter().map(|record| record.octets.as_slice())).map_err(Fault::new)?;
        let role = Arc::new(folded.ok_or_else(|| Fault::new("a participant role without records"))?);
        self.roles.insert(key, Arc::clone(&role));
        Ok(role)
    }

    /// A participant as it is now.
    ///
    /// # Errors
    /// As [`Core::participant_role`].
    pub async fn participant(&self, realm_id: &str, id: &str) -> Result<Option<Participant>> {
        let records = store::participants::records(&self.store, realm_id, id).await?;
        match store::participants::find(&self.store, realm_id, id).await? {
            Some(_) => {
                let octets = records.iter().map(|record| record.octets.as_slice());
                Ok(Participant::fold(octets).map_err(Fault::new)?)
            }
            None => Ok(None),
        }
    }
}
