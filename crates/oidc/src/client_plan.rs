//! A client compiled: its mappers ready to run, its scopes in order.

use domain::Plan;
use model::{Client, ProtocolMapper};

use crate::mappers::{self, Mapper, Target};

/// A mapper with its configuration.
pub struct Step {
    /// The mapper.
    pub mapper: &'static Mapper,
    /// How it is configured.
    pub config: ProtocolMapper,
    targets: Vec<Target>,
}

impl Step {
    /// A mapper as configured; None for one that there isn't.
    pub fn new(config: ProtocolMapper) -> Option<Self> {
        let mapper = mappers::find(&config.kind)?;
        let targets = Target::ALL.iter().copied().filter(|t| mappers::is_wanted(mapper, &config, *t)).collect();
        Some(Self { mapper, config, targets })
    }

    /// Whether its claims go into that.
    pub fn goes_into(&self, target: Target) -> bool {
        self.targets.contains(&target)
    }
}

/// A client ready for use; it holds for one version of its realm.
pub struct ClientPlan {
    /// The realm's version that this was compiled from.
    pub version: i64,
    /// The client.
    pub client: Client,
    /// Its own mappers.
    pub steps: Vec<Step>,
    /// The scopes it may have, by name: whether by default, and what each brings.
    pub scopes: Vec<ScopePlan>,
}

/// A client scope as one client has it.
pub struct ScopePlan {
    /// The scope's id.
    pub id: String,
    /// The scope's name.
    pub name: String,
    /// Whether the client gets it unasked.
    pub by_default: bool,
    /// Whether `scope` names it.
    pub in_token_scope: bool,
    /// Whether the consent page lists it.
    pub on_consent_screen: bool,
    /// Its mappers.
    pub steps: Vec<Step>,
}

impl ClientPlan {
    /// Compiles a client.
    pub fn new(plan: &Plan, client: Client) -> Self {
        let by_default = client.default_scopes.iter().map(|n| (n, true));
        let optional = client.optional_scopes.iter().map(|n| (n, false));
        let scopes = by_default
            .chain(optional)
            .filter_map(|(name, by_default)| {
                let scope = plan.scopes.get(name).filter(|s| s.protocol == client.protocol)?;
                Some(ScopePlan {
                    id: scope.id.clone(),
                    name: scope.name.clone(),
                    by_default,
                    in_token_scope: scope.in_token_scope,
                    on_consent_screen: scope.on_consent_screen,
                    steps: steps(&scope.mappers),
                })
            })
            .collect();
        Self { version: plan.version, steps: steps(&client.mappers), scopes, client }
    }

    /// A rough size in bytes, by which the cache is bounded.
    pub fn weight(&self) -> u64 {
        let steps = self.steps.len() + self.scopes.iter().map(|scope| 1 + scope.steps.len()).sum::<usize>();
        4000 + 600 * steps as u64
    }

    /// The scope of that name.
    pub fn scope(&self, name: &str) -> Option<&ScopePlan> {
        self.scopes.iter().find(|s| s.name == name)
    }
}

fn steps(configured: &[ProtocolMapper]) -> Vec<Step> {
    configured
        .iter()
        .filter(|m| m.protocol == "openid-connect" || m.protocol.is_empty())
        .filter_map(|m| Step::new(m.clone()))
        .collect()
}
