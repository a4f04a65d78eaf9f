import { ChatError } from '../protocol/errors.js';
import { ErrorCode, MessageType } from '../protocol/messages.js';
import {
  runChangePassword,
  runEndLogin,
  runListLogins,
  runRegister,
  type AccountParts,
} from './account-commands.js';
import { runEdit, runRemove, runSetTopic } from './changes.js';
import type { Answer, CommandTable, TextCommand } from './command.js';
import { runHello, type HelloParts } from './hello.js';
import { runJoin, weighJoin, type JoinParts } from './join.js';
import { runBroadcast, runEcho, type MessageParts } from './messages.js';
import {
  runAddAccount,
  runEndSession,
  runListAccounts,
  runListSessions,
  runRemoveAccount,
  runSetPassword,
  type OperatorParts,
} from './operator-commands.js';
import { phases } from './phase.js';
import { runPing, runPong } from './ping.js';
import { rights, serverRights } from './rights.js';
import { runRename, type RenameParts } from './rename.js';
import { runListRooms, type RoomListParts } from './room-list.js';
import {
  runFetch,
  runLeave,
  runMembers,
  weighMembers,
  type RoomCommandParts,
} from './room-commands.js';

/** What all commands together need; each is written for the part that it uses. */
export interface CommandParts
  extends
    HelloParts,
    AccountParts,
    OperatorParts,
    MessageParts,
    JoinParts,
    RenameParts,
    RoomCommandParts,
    RoomListParts {}

// When a kind of frame may come. A hello is only possible as the first frame; nothing else is
// while it has been refused.
const asHello = { phases: phases.greeting, otherwise: ErrorCode.ERROR_CODE_HELLO_TOO_LATE };
const afterHello = { phases: phases.full, otherwise: ErrorCode.ERROR_CODE_HELLO_FIRST };
const always = { ...afterHello, phases: phases.bare | phases.full };

// Where it has its effect, and the right that it needs there.
const onServer = { scope: 'server', rights: serverRights.chat } as const;
const beforeAll = { scope: 'server', rights: serverRights.enter } as const;
const asOperator = { scope: 'server', rights: serverRights.operate } as const;
const withAccount = { scope: 'server', rights: serverRights.account } as const;
const inAnyRoom = { scope: 'any room' } as const;
const asReader = { scope: 'own room', rights: rights.read } as const;
const asSpeaker = { scope: 'own room', rights: rights.speak } as const;
const asTopicSetter = { scope: 'own room', rights: rights.setTopic } as const;

const one = (): number => 1;

/** A free name is looked for when the wanted one is taken, and it is stored. */
const four = (): number => 4;

/** A password is hashed. */
const eight = (): number => 8;

const texts: Array<TextCommand<CommandParts>> = [];
texts[MessageType.ECHO] = { ...always, ...onServer, needsContent: false, run: runEcho };
texts[MessageType.BROADCAST] = { ...always, ...asSpeaker, needsContent: true, run: runBroadcast };

/** The type of a later version, perhaps. */
const unknownText: TextCommand<CommandParts> = {
  ...always,
  ...beforeAll,
  needsContent: false,
  run: () => {
    throw new ChatError(ErrorCode.ERROR_CODE_UNKNOWN_TYPE);
  },
};

const answer: Answer = { kind: 'answer' };

/** Every kind of frame: when it may come, what it needs, what it costs, and what it does. */
export const commandTable: CommandTable<CommandParts> = {
  texts,
  unknownText,
  controls: {
    hello: { kind: 'request', ...asHello, ...beforeAll, weigh: four, run: runHello },
    join: {
      kind: 'request',
      ...afterHello,
      ...inAnyRoom,
      room: ({ join }) => join.room,
      weigh: weighJoin,
      run: runJoin,
    },
    leave: {
      kind: 'request',
      ...afterHello,
      ...asReader,
      room: ({ leave }) => leave.room,
      weigh: one,
      run: runLeave,
    },
    fetch: {
      kind: 'request',
      ...afterHello,
      ...asReader,
      room: ({ fetch }) => fetch.room,
      weigh: one,
      run: runFetch,
    },
    members: {
      kind: 'request',
      ...afterHello,
      ...asReader,
      room: ({ members }) => members.room,
      weigh: weighMembers,
      run: runMembers,
    },
    edit: {
      kind: 'request',
      ...afterHello,
      ...asSpeaker,
      room: ({ edit }) => edit.room,
      text: ({ edit }) => edit.content,
      needsText: true,
      weigh: one,
      run: runEdit,
    },
    remove: {
      kind: 'request',
      ...afterHello,
      ...asSpeaker,
      room: ({ remove }) => remove.room,
      weigh: one,
      run: runRemove,
    },
    setTopic: {
      kind: 'request',
      ...afterHello,
      ...asTopicSetter,
      room: ({ setTopic }) => setTopic.room,
      text: ({ setTopic }) => setTopic.topic,
      weigh: one,
      run: runSetTopic,
    },
    listRooms: { kind: 'request', ...afterHello, ...onServer, weigh: four, run: runListRooms },
    rename: { kind: 'request', ...afterHello, ...onServer, weigh: four, run: runRename },
    ping: { kind: 'request', ...afterHello, ...beforeAll, weigh: one, run: runPing },
    pong: { kind: 'request', ...afterHello, ...beforeAll, weigh: one, run: runPong },
    account: {
      kind: 'actions',
      of: ({ account }) => account.action,
      rows: {
        register: { kind: 'request', ...afterHello, ...beforeAll, weigh: eight, run: runRegister },
        changePassword: {
          kind: 'request',
          ...afterHello,
          ...withAccount,
          weigh: eight,
          run: runChangePassword,
        },
        listLogins: {
          kind: 'request',
          ...afterHello,
          ...withAccount,
          weigh: four,
          run: runListLogins,
        },
        endLogin: { kind: 'request', ...afterHello, ...withAccount, weigh: four, run: runEndLogin },
      },
    },
    operator: {
      kind: 'actions',
      of: ({ operator }) => operator.action,
      rows: {
        addAccount: {
          kind: 'request',
          ...afterHello,
          ...asOperator,
          weigh: one,
          run: runAddAccount,
        },
        listAccounts: {
          kind: 'request',
          ...afterHello,
          ...asOperator,
          weigh: one,
          run: runListAccounts,
        },
        setPassword: {
          kind: 'request',
          ...afterHello,
          ...asOperator,
          weigh: one,
          run: runSetPassword,
        },
        removeAccount: {
          kind: 'request',
          ...afterHello,
          ...asOperator,
          weigh: one,
          run: runRemoveAccount,
        },
        listSessions: {
          kind: 'request',
          ...afterHello,
          ...asOperator,
          weigh: one,
          run: runListSessions,
        },
        endSession: {
          kind: 'request',
          ...afterHello,
          ...asOperator,
          weigh: one,
          run: runEndSession,
        },
      },
    },
    welcome: answer,
    ack: answer,
    error: answer,
    joined: answer,
    page: answer,
    gap: answer,
    presence: answer,
    goodbye: answer,
    memberList: answer,
    left: answer,
    throttled: answer,
    renamed: answer,
    roomList: answer,
    edited: answer,
    removed: answer,
    topicChanged: answer,
    accountReply: answer,
    operatorReply: answer,
  },
};
