from contractkit.properties import signer_suite
from contractkit.signing import sign, verify

TestOurSigner = signer_suite(sign=sign, verify=verify, against=sign)
