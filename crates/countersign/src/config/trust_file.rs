//! Where a user keeps whom they believe when they judge evidence: in their own configuration, never beside the evidence.

use std::path::PathBuf;

use super::environment::Environment;

/// The user's trust file, whether it is there or not: `countersign/trust.policy` in `$XDG_CONFIG_HOME`, else in
/// `~/.config`. None where the environment names neither; a relative folder there counts as none.
#[must_use]
pub fn of_user(environment: &Environment) -> Option<PathBuf> {
    let named = |variable: &str| environment.find(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let folder = named("XDG_CONFIG_HOME").or_else(|| Some(named("HOME")?.join(".config")))?;
    Some(folder.join("countersign").join("trust.policy"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Environment, of_user};

    #[test]
    fn trust_comes_from_the_users_own_configuration() {
        let of = |variables: &[(&str, &str)]| of_user(&Environment::of(variables.iter().copied()));
        let home = ("HOME", "/home/ann");
        assert_eq!(of(&[home]), Some(PathBuf::from("/home/ann/.config/countersign/trust.policy")));
        let own = Some(PathBuf::from("/etc/ann/countersign/trust.policy"));
        assert_eq!(of(&[home, ("XDG_CONFIG_HOME", "/etc/ann")]), own);
        assert_eq!(of(&[home, ("XDG_CONFIG_HOME", "here")]), of(&[home]), "a relative folder would be the evidence's");
        assert_eq!(of(&[]), None);
    }
}
