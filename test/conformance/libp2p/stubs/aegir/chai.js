// The one part of the build tool `aegir` that the compliance suite uses: chai with these plugins, in
// this order. The tool itself would bring a thousand packages.
import chai from "chai";
import chaiAsPromised from "chai-as-promised";
import chaiBites from "chai-bites";
import chaiParentheses from "chai-parentheses";
import chaiString from "chai-string";
import chaiSubset from "chai-subset";

for (const plugin of [chaiAsPromised, chaiParentheses, chaiSubset, chaiBites, chaiString]) {
  chai.use(plugin);
}

export const { assert, expect } = chai;
export { chai };
