import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { ML_KEM_768 } from "./kem.ts";

// Wycheproof, mlkem_768_test.json, case 2: made from the official seeds of round 3. All cases run in
// test/conformance where the vectors are there.
const SEED =
  "7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d" +
  "8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f";
const PUBLIC_KEY_SHA256 = "86adbca81f4fee893e2fb58fb98aa2fe188f501fed268d7f4056f8c05c4e53c4";
const SECRET = "e7184a0975ee3470878d2d159ec83129c8aec253d4ee17b4810311d198cd0368";
const CIPHERTEXT =
  "yDkQhbjT6peUISVBspFPCJZNM1IdP2etZgluv7H3BkJLSVWPdVtWJbriNvLgB5YBx2b32WCAj34rsMel4GbtNG3m" +
  "KPjFfuuruwwi2RFUhGNpPvPOUqU/f/QV8A5leuHFpI+l7G5L5c9GLa/8hNL21f9V3Ju+i7DXJexk/UzUvY26CoRO" +
  "i1zktqKJNNf3oFCZH+GFtQa0Udq/rVLVLLIRTKfZpc+YbI/cG8EOwMGGnlDAPFWnYZKhBJrKY2upAgvaqND1jHY7" +
  "C4mEXKBtTE3cIUM+FrnGLkSHH9vAW6IYr4cf3X3PpGTmD6pSZSZM4Tkb2ajF+qdibV8Vm5gFuXVxCjUDoLhYoRxq" +
  "ZHzA4ZrIixvpBWyVtNIIfQlR0dL0mSSREX5jR3lLpUVx7Em7pxrzQT04owv1hyJI0fbQfIa694LnPSY38EPTQaAJ" +
  "IYV9iyHd8+HWMQA27SevSeXeG5AP5N55gI/yn5VwhZYSsVrcAfuyZbMFseOhKuQZ2lt0Jh+ihMEB2j2NyosuRSGs" +
  "pXHvRKBY6ET/MrFtWq6gX386+OKrFiIuNHZi7d+4kdDswqVcVjj53ektmj1USl+QGsUBrNHqagECAfyxCtcCxCWp" +
  "S99YkNUAoqFH7uHR/LqMOr58Lf5w80bwM9gWoLJ5G08LLZVtnuWXFxU5mlaIMCSV4uB8HIwBUnGEvNDCCLwVny4T" +
  "MYwLs90kpqf8hJ+DOF7U26B/4de9VkDMntXM/daHY8sNDt9hspIXf8HS08Ed0ElQVryxJViuvP3e+f60rrxXr9kC" +
  "PGXP5lok4z8bABEekuY+AR6vCyEs+VdDzQf1GJ7OHyBbf2/LLmsZYbVATOvkfIzRO4WZ1bSebYfu2jbpuPxMAGNY" +
  "lqordYluM20bYS7hPbgR4fB+YXSNkg9IZfPxF0E5ncYWLJHKFooCMp3/gh1YGYcS3VWKuwmbOguvnaG3MLKqc7z1" +
  "jXTzV7BvchHIBLbIrxb/NQn60dNbFL/c7X24pqJcSOWVZIByTaoFfNZgtn7j5HJXQYJnnUhYOKZHbqwCFBB1yBKv" +
  "eWe6fJGFzCq9KkVFuA89MQTVjWVKV3ktz6u+nAcV6N4u+B70BMgWj9ekPvqz1EjmhqCI79JqJhWZSJJnI9fszDnj" +
  "wbcZz4vst75+lk8izYyxt+JegA6pfWCmTMC72ctAejq5+I9eKRae6v1OAyL95lkK4JPOj+6umLYiyqdVb/Qmyeek" +
  "BM5pNVgwp6Z3Z6dsfZqXuEv89QoC91wjXS+cZxE4BJ/8fIBVkmwD6z+4f5aVGFpC7KmkFlWHPTCms79CiyRiI0hK" +
  "j/Ye4+6v/xDpnCwTp2KE0GPlarcRo1qFtTg9+B2iNJD2bo6j/LoGf1UwxlQcK490cXw1Aj57mzlWw+4v+EugPM9L" +
  "S1MhuSQIlUgbxtY8FpPBhHhS+Ol/UKEzUyrD7h5S1GQ=";

test("ML-KEM-768 makes the public key and the secret of the published vector", () => {
  const seed = must(fromHex(SEED), "no hexadecimal text");
  const suite = createNodeSuite();
  expect(toHex(suite.sha256(ML_KEM_768.publicKey(seed)))).toBe(PUBLIC_KEY_SHA256);
  const ciphertext = Uint8Array.from(atob(CIPHERTEXT), (character) => character.charCodeAt(0));
  expect(toHex(ML_KEM_768.decapsulate(seed, ciphertext))).toBe(SECRET);
});
