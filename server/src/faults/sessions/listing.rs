//! The faults of the store of sessions.

use crate::faults::catalog::faults;

faults! {
    /// What can be wrong with the store of sessions.
    SessionFault {
        DuplicatesIgnored "duplicates-ignored" "Files that were uploaded before are never found",
        DuplicatesOfEveryone "duplicates-of-everyone" "Files that another user has uploaded are found as well",
        DuplicatesBySize "duplicates-by-size" "Files of the same size are duplicates, whatever they hold",
        DuplicatesOfFirstFile "duplicates-of-first-file" "Only the first file of a request is looked for",
        DuplicatesNeverAllowed "duplicates-never-allowed" "`allowDuplicates` is ignored",
        IdempotencyIgnored "idempotency-ignored" "`Idempotency-Key` is ignored",
        IdempotencyOfAnyBody "idempotency-of-any-body" "Another body with the same `Idempotency-Key` gets the first answer",
        CreatedTwice "created-twice" "createSession makes two sessions and answers one",
        ExtensionMissing "extension-missing" "No activity extends a session",
        ExtensionDoubled "extension-doubled" "A session is extended for twice the time",
        ExtensionOnRead "extension-on-read" "Reading a session extends it",
        ExtensionPastCap "extension-past-cap" "A session is extended beyond its longest life",
        ExtensionAlways "extension-always" "A session is extended although it is not about to expire",
        ExtensionNotKept "extension-not-kept" "The answer tells of an extension that is not stored",
        OthersReadable "others-readable" "Sessions of other users can be read",
        OthersWritable "others-writable" "Files can be registered in sessions of other users",
        ExpiredAccepted "expired-accepted" "An expired session takes files",
        AbortedAccepted "aborted-accepted" "An aborted session takes files",
        FileKeyTwice "file-key-twice" "A file of a key that is there is accepted, as the one that is there",
        PartCountTooHigh "part-count-too-high" "registerFile counts one part too many",
        FirstPartStays "first-part-stays" "A part that is sent again does not replace the first one",
        CompletedFileOpen "completed-file-open" "A completed file takes parts",
        FilesReversed "files-reversed" "getSession lists the files in the reverse order of their registration",
        FinalizeNotKept "finalize-not-kept" "finalizeSession answers as it should and stores nothing",
        IncompleteFinalized "incomplete-finalized" "A session whose files are not completed can be finalized",
        FinalizedTwiceRefused "finalized-twice-refused" "Finalizing a completed session again is a conflict",
        TotalOfNothing "total-of-nothing" "finalizeSession answers a `totalSizeBytes` of 0",
        AbortNotKept "abort-not-kept" "abortSession answers 204 and stores nothing",
        AbortedTwiceRefused "aborted-twice-refused" "Aborting a failed session again is a conflict",
        ReasonLost "reason-lost" "The reason of an abort is not stored",
        EventMissing "event-missing" "No event tells that a file was registered",
        EventDoubled "event-doubled" "Two events tell that a session was created",
    }
}
