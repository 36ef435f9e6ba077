import type { CommunityRulesWish } from "../../api/client/index.ts";
import type { CommandContext } from "../command.ts";
import { CliError } from "../errors.ts";

const listOf = (text: string | undefined): readonly string[] | undefined =>
  text?.split(",").map((each) => each.trim());

/** @throws CliError("usage") */
function oneOf<T extends string>(
  context: CommandContext,
  option: string,
  all: readonly T[],
): T | undefined {
  const text = context.arguments.text(option);
  if (text === undefined) return undefined;
  const found = all.find((each) => each === text);
  if (found !== undefined) return found;
  throw new CliError("usage", `--${option} is one of ${all.join(", ")}, not '${text}'.`);
}

/** "cleo:100:20" in three parts. @throws CliError("usage") */
function parts(text: string, count: number, example: string): readonly string[] {
  const found = text.split(":").map((each) => each.trim());
  if (found.length === count && !found.includes("")) return found;
  throw new CliError("usage", `'${text}' is not understood: say it like ${example}.`);
}

/** What options say of rules. @throws CliError("usage") */
export function rulesIn(context: CommandContext): CommunityRulesWish {
  const { text } = { text: (name: string) => context.arguments.text(name) };
  const of = text("of");
  if (of !== undefined && !/^\d{1,2}$/.test(of)) {
    throw new CliError("usage", `--of is a number of stewards, not '${of}'.`);
  }
  const tellers = listOf(text("tellers"))?.filter((each) => each !== "");
  const limits = listOf(text("limits"))?.filter((each) => each !== "");
  const wish = {
    stewards: listOf(text("stewards")),
    of: of === undefined ? undefined : Number(of),
    tellers: tellers?.map((each) => {
      const [who = "", exposure = "", perMember = ""] = parts(each, 3, "--tellers cleo:100:20");
      return { who, exposure, perMember };
    }),
    limits: limits?.map((each) => {
      const [who = "", limit = ""] = parts(each, 2, "--limits ben:100,cleo:0");
      return { who, limit };
    }),
    admission: oneOf(context, "admission", ["group", "stewards"]),
    visible: oneOf(context, "visible", ["members", "stewards"]),
    bearer: oneOf(context, "bearer", ["community", "teller"]),
    ...{ limit: text("limit"), soft: text("soft"), levy: text("levy") },
    ...{ demurrage: text("demurrage"), free: text("free") },
  };
  return Object.fromEntries(
    Object.entries(wish).filter(([, value]) => value !== undefined),
  ) as CommunityRulesWish;
}
