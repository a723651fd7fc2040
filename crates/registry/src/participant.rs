//! An organisation, and what it says about itself.

use serde::{Deserialize, Serialize};

use crate::record::{ChainError, Change, Head, Record};

/// An organisation at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Its id.
    pub id: String,
    /// What it says.
    pub statement: Statement,
    /// The end of its chain.
    pub head: Head,
}

/// What an organisation says about itself, by the network's names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    /// Its name.
    pub participant_name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant_description: Option<String>,
    /// Where its logo is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Its website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Its e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Its telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Participant {
    /// Puts its records together, oldest first.
    ///
    /// # Errors
    /// When they are not one chain.
    pub fn fold<'r>(records: impl IntoIterator<Item = &'r [u8]>) -> Result<Option<Self>, ChainError> {
        let mut found: Option<Self> = None;
        for octets in records {
            let record = Record::parse(octets)?;
            match &mut found {
                None => found = Some(Self::begin(record, octets)?),
                Some(participant) => participant.follow(record, octets)?,
            }
        }
        Ok(found)
    }

    fn begin(record: Record, octets: &[u8]) -> Result<Self, ChainError> {
        let head = Head::first(&record, octets)?;
        match record.change {
            Change::ParticipantStated { participant } => Ok(Self { id: record.subject, statement: participant, head }),
            _ => Err(ChainError::Impossible { seq: 1, why: "a participant's chain begins with who it is" }),
        }
    }

    fn follow(&mut self, record: Record, octets: &[u8]) -> Result<(), ChainError> {
        if record.subject != self.id {
            return Err(ChainError::Foreign(record.seq));
        }
        self.head.follow(&record, octets)?;
        match record.change {
            Change::ParticipantStated { participant } => {
                self.statement = participant;
                Ok(())
            }
            _ => Err(ChainError::Impossible { seq: record.seq, why: "a change that is a role's" }),
        }
    }
}
