"""What the verification of the ledger cannot say about accounts."""

from apps.ledger.verify import leaves_out

leaves_out(
    "Passwords, second factors, confirmed addresses, and when somebody last signed in or used a token. They change "
    "without a record, so that no secret stands on the ledger. Whoever exchanges one past the portal can sign in as "
    "its owner; what is done then is recorded in the owner's name.",
    "mfa_authenticator",
    "account_emailaddress",
    "account_emailconfirmation",
)
