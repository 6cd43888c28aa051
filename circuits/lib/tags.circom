pragma circom 2.2.0;

// ═════════════════════════════════════════════════════════════════════════════
// Tags: the first input of every hash, by what it makes, so that no two kinds of
// thing can have one hash. Each is the ASCII text `sealwatt/name` as a number.
// ═════════════════════════════════════════════════════════════════════════════

function D_ACCOUNT() {
    return 0x7365616c776174742f6163636f756e74; // sealwatt/account
}

function D_ACTUAL() {
    return 0x7365616c776174742f61637475616c; // sealwatt/actual
}

function D_ATTRIBUTES() {
    return 0x7365616c776174742f61747472696275746573; // sealwatt/attributes
}

function D_AUTHORISE() {
    return 0x7365616c776174742f617574686f72697365; // sealwatt/authorise
}

function D_CREDIT() {
    return 0x7365616c776174742f637265646974; // sealwatt/credit
}

function D_DELIVERY() {
    return 0x7365616c776174742f64656c6976657279; // sealwatt/delivery
}

function D_GATEWAY() {
    return 0x7365616c776174742f67617465776179; // sealwatt/gateway
}

function D_GENERATION() {
    return 0x7365616c776174742f67656e65726174696f6e; // sealwatt/generation
}

function D_MATCH() {
    return 0x7365616c776174742f6d61746368; // sealwatt/match
}

function D_MEMO() {
    return 0x7365616c776174742f6d656d6f; // sealwatt/memo
}

function D_NULLIFIER() {
    return 0x7365616c776174742f6e756c6c6966696572; // sealwatt/nullifier
}

function D_NULLIFIERS() {
    return 0x7365616c776174742f6e756c6c696669657273; // sealwatt/nullifiers
}

function D_OUTPUTS() {
    return 0x7365616c776174742f6f757470757473; // sealwatt/outputs
}

function D_OWNER() {
    return 0x7365616c776174742f6f776e6572; // sealwatt/owner
}

function D_PLAN() {
    return 0x7365616c776174742f706c616e; // sealwatt/plan
}

function D_SECRET() {
    return 0x7365616c776174742f736563726574; // sealwatt/secret
}

function D_STREAM() {
    return 0x7365616c776174742f73747265616d; // sealwatt/stream
}

function D_WRAP() {
    return 0x7365616c776174742f77726170; // sealwatt/wrap
}
