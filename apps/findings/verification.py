"""What the verification of the ledger cannot say about findings."""

from apps.ledger.verify import leaves_out

leaves_out(
    "Which records wait to have their checks asked again: who removes such a mark delays findings until the nightly "
    "run at most.",
    "findings_recheck",
)
