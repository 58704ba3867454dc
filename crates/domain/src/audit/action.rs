//! What can happen that is written into the audit log.
//!
//! Invariant: a name is stored and hashed; it never changes once released. Names are `subject.what`, so that a subject can be
//! asked for as a whole.

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $action:ident = $name:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[doc = $doc])+ $action),*
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Action] = &[$(Action::$action),*];

            /// Its name in the log.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Action::$action => $name),*
                }
            }
        }
    };
}

actions! {
    /// A key, token, signature or certificate was shown: the first time in a while, or in vain.
    Authenticated = "auth.credential";
    /// A person gave a password.
    LoggedIn = "auth.login";
    /// A person left, or a session was ended.
    LoggedOut = "auth.logout";
    /// A person gave a second factor.
    SecondFactor = "auth.second_factor";
    /// A recovery code was used up.
    RecoveryCodeUsed = "auth.recovery_code";
    /// An account or an address is kept out for a while.
    LockedOut = "auth.lockout";
    /// Somebody known asked for what their role may not do.
    AccessDenied = "auth.denied";
    /// Somebody came with a secret of a key that was replaced, when its time was over.
    ReplacedSecretShown = "auth.replaced_secret";
    /// The text of a request tried to be understood as something else: a statement, a path, a script, a look-up.
    AttackTried = "attack.tried";
    /// Somebody asked for a second person's consent.
    ApprovalRequested = "approval.requested";
    /// A second person consented.
    ApprovalGranted = "approval.granted";
    /// A second person refused.
    ApprovalRefused = "approval.refused";
    /// Nobody decided in time.
    ApprovalExpired = "approval.expired";
    /// What takes a second person was posted without one, there being nobody else who could consent.
    ApprovalWaived = "approval.waived";
    /// An account was made.
    UserCreated = "user.created";
    /// An account's particulars were changed.
    UserUpdated = "user.updated";
    /// An account's role or sites were changed.
    UserRoleChanged = "user.role_changed";
    /// An account was closed.
    UserDisabled = "user.disabled";
    /// An account was opened again.
    UserEnabled = "user.enabled";
    /// A password was changed or reset.
    PasswordChanged = "user.password_changed";
    /// The second factor was set up, renewed or taken off.
    SecondFactorChanged = "user.second_factor_changed";
    /// Sessions were ended by somebody else, or all at once.
    SessionsEnded = "user.sessions_ended";
    /// A key was made.
    KeyCreated = "key.created";
    /// What a key may do was changed.
    KeyUpdated = "key.updated";
    /// A key got a new secret.
    KeyRotated = "key.rotated";
    /// A key was ended.
    KeyRevoked = "key.revoked";
    /// A token was given out.
    TokenIssued = "token.issued";
    /// A token was ended before its time.
    TokenRevoked = "token.revoked";
    /// A secret of the installation was replaced (its kind is the resource).
    SecretRotated = "secret.rotated";
    /// A protected field was read in clear.
    FieldDecrypted = "field.decrypted";
    /// A certificate was made or loaded.
    CertificateChanged = "tls.certificate";
    /// An address was banned.
    BanSet = "ban.set";
    /// A ban was lifted.
    BanLifted = "ban.lifted";
    /// A request outwards was refused.
    OutgoingRefused = "outgoing.refused";
    /// A product was added.
    ProductCreated = "product.created";
    /// A product was changed.
    ProductUpdated = "product.updated";
    /// A product was taken out of sale.
    ProductDeactivated = "product.deactivated";
    /// A product got a barcode.
    BarcodeAdded = "barcode.added";
    /// A product lost a barcode.
    BarcodeRemoved = "barcode.removed";
    /// A product got a pack.
    PackAdded = "pack.added";
    /// A product lost a pack.
    PackRemoved = "pack.removed";
    /// A price was set.
    PriceSet = "price.set";
    /// A category was added.
    CategoryCreated = "category.created";
    /// A site was added.
    SiteCreated = "site.created";
    /// A site was changed.
    SiteUpdated = "site.updated";
    /// A location was added.
    LocationCreated = "location.created";
    /// Days of a site's ledger were closed.
    PeriodClosed = "ledger.closed";
    /// A ledger was proved, or was found broken.
    LedgerVerified = "ledger.verified";
    /// The head of a site's ledger was signed.
    CheckpointSigned = "ledger.signed";
    /// A file was brought in.
    Imported = "import.done";
    /// A table was taken out.
    Exported = "export.taken";
    /// Records that need care were read.
    SensitiveRead = "sensitive.read";
    /// The database was brought to another version.
    DatabaseMigrated = "database.migrated";
    /// A backup was made.
    BackupMade = "backup.made";
    /// A backup could not be made.
    BackupFailed = "backup.failed";
    /// The records of a backup took the place of those there were.
    BackupRestored = "backup.restored";
    /// The newest backup was brought back to a place of its own, to prove that it can be.
    BackupDrilled = "backup.drilled";
    /// Somebody had a dependency asked again that was believed down.
    BreakerReset = "breaker.reset";
    /// Somebody changed which log lines a server writes.
    LogLevelSet = "log.level";
    /// A node began to answer.
    ServerStarted = "server.started";
    /// A node stopped in order.
    ServerStopped = "server.stopped";
    /// The head of the audit log was signed.
    AuditSigned = "audit.signed";
    /// The oldest events were taken out of the audit log, their time being over.
    AuditPurged = "audit.purged";
    /// What names a person was taken out of the audit log (the person is the resource).
    AuditRedacted = "audit.redacted";
    /// A rule found something unusual.
    AnomalyDetected = "anomaly.detected";
    /// A person asked for one of their rights over their data.
    PrivacyRequested = "privacy.requested";
    /// Such a request was answered.
    PrivacyAnswered = "privacy.answered";
    /// Such a request was refused.
    PrivacyRefused = "privacy.refused";
    /// A person's data were given out to them.
    PrivacyDisclosed = "privacy.disclosed";
    /// A person's data were put right.
    PrivacyRectified = "privacy.rectified";
    /// A person's data were erased.
    PrivacyErased = "privacy.erased";
    /// Use of a person's data was restricted or allowed again.
    PrivacyRestricted = "privacy.restricted";
    /// A report about what was accessed in an interval was made.
    BreachReported = "privacy.breach_report";
    /// Records whose time was over were removed.
    RetentionApplied = "retention.applied";
}

impl Action {
    /// The action of that name.
    pub fn named(name: &str) -> Option<Action> {
        Action::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// What it is about: the part of its name before the dot.
    pub fn subject(self) -> &'static str {
        self.name().split('.').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_name_of_its_own_in_two_parts() {
        for action in Action::ALL {
            assert_eq!(Action::named(action.name()), Some(*action), "{} stands there twice", action.name());
            let parts: Vec<&str> = action.name().split('.').collect();
            let good = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(parts.len() == 2 && parts.iter().all(good), "{}", action.name());
        }
        assert_eq!(Action::named("product"), None);
    }

    #[test]
    fn the_document_lists_every_action() {
        let document = include_str!("../../../../docs/audit-format.md");
        let listed = document.lines().skip_while(|line| *line != "## What is written down").filter_map(|line| {
            let cell = line.strip_prefix("| `")?;
            cell.split('`').next()
        });
        assert!(listed.eq(Action::ALL.iter().map(|action| action.name())), "docs/audit-format.md lists other actions");
    }
}
